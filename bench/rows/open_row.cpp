#include "bench/rows/open_row.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>
#include <utility>

#include "bench/backends/registry.hpp"
#include "bench/rows/trace.hpp"
#include "bench/seam/limits.hpp"
#include "bench/shell/numbers.hpp"
#include "bench/shell/text.hpp"

namespace bookstore {

namespace {

constexpr std::array<std::pair<std::string_view, Arrivals>, 3> arrival_names{{
    {"poisson", Arrivals::poisson},
    {"constant", Arrivals::constant},
    {"bursts", Arrivals::bursts},
}};

Arrivals parse_arrivals(std::string_view text) {
  for (const auto& [name, arrivals] : arrival_names)
    if (name == text) return arrivals;
  throw std::invalid_argument("arrivals is '" + std::string(text) + "'; give poisson, constant or bursts");
}

// What stands in a row's name for a trace: the file without its folder.
std::string trace_name(const std::string& path) { return printable(path.substr(path.rfind('/') + 1)); }

// Half of what there is: the plan and the shop want some of the rest.
std::uint64_t memory_for_records() { return static_cast<std::uint64_t>(backend::memory_limit()) / 2; }

}  // namespace

std::string_view arrivals_name(Arrivals arrivals) {
  for (const auto& [name, each] : arrival_names)
    if (each == arrivals) return name;
  return "trace";
}

void set_open_parameter(OpenRow& row, std::string_view name, std::string_view value) {
  if (name == "rate" || name == "duration") row.given.emplace_back(name);
  if (name == "rate") {
    row.schedule.rate = parse_positive(name, value);
  } else if (name == "duration") {
    row.schedule.duration = parse_positive(name, value);
  } else if (name == "fraction") {
    row.fraction = parse_positive(name, value);
  } else if (name == "of") {
    row.of = backend::find_backend(value).name;
  } else if (name == "arrivals") {
    row.schedule.arrivals = parse_arrivals(value);
  } else if (name == "burst_period") {
    row.schedule.burst_period = parse_positive(name, value);
  } else if (name == "burst_share") {
    row.schedule.burst_share = parse_positive(name, value);
  } else if (name == "door") {
    row.door = parse_whole(name, value, 0, 1) == 1;
  } else if (name == "trace") {
    row.trace = value;
  } else if (name == "tasks") {
    throw std::invalid_argument(
        "tasks has no meaning for an open run; its arrivals are: set rate and duration");
  } else {
    set_parameter(row.row, name, value);
    row.schedule.seed = static_cast<std::uint64_t>(row.row.parameters.seed);
  }
}

namespace {

// Whether a parameter differs from its default, but for the seed, which the arrivals have too.
bool has_shop_parameters(const Row& row) {
  workload::Parameters plain;
  plain.seed = row.parameters.seed;
  return std::ranges::any_of(workload::parameter_table(), [&](const auto& info) {
    return row.parameters.*(info.member) != plain.*(info.member);
  });
}

// Throws std::invalid_argument for what would be ignored beside other arrivals.
void check_combination(const OpenRow& row) {
  const ScheduleSpec usual;
  const bool bursts_set =
      row.schedule.burst_period != usual.burst_period || row.schedule.burst_share != usual.burst_share;
  if (!row.trace.empty() &&
      (!row.given.empty() || row.fraction > 0 || bursts_set || row.schedule.arrivals != usual.arrivals))
    throw std::invalid_argument("trace has times of its own; leave out rate, duration and arrivals");
  if (row.fraction > 0 && std::ranges::count(row.given, "rate") > 0)
    throw std::invalid_argument("fraction sets the rate; leave out rate");
  if (bursts_set && row.schedule.arrivals != Arrivals::bursts)
    throw std::invalid_argument("burst_period and burst_share go with arrivals:bursts only; add it");
}

}  // namespace

void check_open_row(const OpenRow& row) {
  if (row.is_null()) {
    check_shape(row.row);
    check_team(row.row);
    if (row.row.locks || has_shop_parameters(row.row))
      throw std::invalid_argument("null has no shop; leave out locks and the shop's parameters");
    if (row.row.real_waits())
      throw std::invalid_argument("waits has no meaning for null, whose tasks never wait; leave it out");
  } else {
    check_row(row.row);
  }
  backend::require_wishes(row.row.ways(), row.team());
  if (row.row.slow != 1 || row.row.static_split)
    throw std::invalid_argument("slow and static have no meaning for an open run; leave them out");
  if (row.row.in_flight != 0)
    throw std::invalid_argument("in_flight has no meaning for an open run; leave it out");
  if ((row.fraction > 0) != !row.of.empty())
    throw std::invalid_argument("fraction and of go together: fraction:0.7/of:event_loop");
  if (row.fraction > 0 && row.is_null())
    throw std::invalid_argument("fraction has no meaning for null, which has no closed run; give a rate");
  check_combination(row);
  if (row.schedule.arrivals == Arrivals::bursts && row.schedule.burst_share > 1)
    throw std::invalid_argument("burst_share is above 1; give the part of a period that has arrivals");
}

OpenRow parse_open_row(std::string_view name) {
  OpenRow row;
  parse_row_parts(name, row.row, [&](std::string_view part, std::string_view value) {
    set_open_parameter(row, part, value);
  });
  check_open_row(row);
  return row;
}

namespace {

// A row's name in two: what comes before and what after its number of tasks, which is no parameter here.
std::pair<std::string, std::string> around_tasks(const Row& row) {
  std::string text = row.name();
  const std::size_t tasks = text.find("/tasks:");
  if (tasks == std::string::npos) return {text, ""};
  const std::size_t end = text.find('/', tasks + 1);
  return {text.substr(0, tasks), end == std::string::npos ? "" : text.substr(end)};
}

std::string door_text(const OpenRow& row) { return row.door ? "/door:1" : ""; }

}  // namespace

std::string OpenRow::shop_name() const {
  const auto [before, after] = around_tasks(row);
  return before + after + door_text(*this);
}

backend::Team OpenRow::team() const { return row.team(backend::Load::open, door); }

std::string OpenRow::name() const {
  auto [text, rest] = around_tasks(row);
  const auto number = [](double value) { return workload::parameter_text(value); };
  if (!trace.empty()) return text + "/trace:" + trace_name(trace) + rest + door_text(*this);
  if (fraction > 0)
    text += "/fraction:" + number(fraction) + "/of:" + of;
  else
    text += "/rate:" + number(schedule.rate);
  text += "/duration:" + number(schedule.duration);
  const ScheduleSpec defaults;
  if (schedule.arrivals != defaults.arrivals)
    text += "/arrivals:" + std::string(arrivals_name(schedule.arrivals));
  if (schedule.arrivals == Arrivals::bursts) {
    if (schedule.burst_period != defaults.burst_period)
      text += "/burst_period:" + number(schedule.burst_period);
    if (schedule.burst_share != defaults.burst_share) text += "/burst_share:" + number(schedule.burst_share);
  }
  return text + rest + door_text(*this);
}

void read_traces(std::vector<OpenRow>& rows) {
  std::map<std::string, std::shared_ptr<const std::vector<std::int64_t>>> read;
  for (OpenRow& row : rows) {
    if (row.trace.empty()) continue;
    auto& arrivals = read[row.trace];
    if (!arrivals)
      arrivals = std::make_shared<std::vector<std::int64_t>>(
          read_trace_file(row.trace, max_tasks_in(memory_for_records())));
    row.traced = arrivals;
  }
}

void check_arrivals(const OpenRow& row) {
  if (row.trace.empty() && row.fraction == 0)
    check_schedule(row.schedule, max_tasks_in(memory_for_records()));
}

std::vector<std::int64_t> make_arrivals(const OpenRow& row) {
  if (row.traced) return *row.traced;
  const std::uint64_t most = max_tasks_in(memory_for_records());
  return row.trace.empty() ? make_schedule(row.schedule, most) : read_trace_file(row.trace, most);
}

void expect_pools_of(const std::vector<OpenRow>& rows) {
  std::vector<backend::ExpectedPool> pools;
  for (const OpenRow& open : rows) {
    pools.push_back({open.row.backend, open.row.workers});
    if (open.fraction > 0) pools.push_back({open.of, open.row.workers});
  }
  backend::expect_pools(pools);
}

}  // namespace bookstore
