#include "bench/rows/row.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "bench/backends/registry.hpp"
#include "bench/rows/costs.hpp"
#include "bench/rows/parts.hpp"
#include "bench/rows/shape.hpp"
#include "bench/rows/work.hpp"
#include "bench/seam/limits.hpp"
#include "bench/seam/placement.hpp"
#include "bench/shell/numbers.hpp"

namespace bookstore {

namespace {

using workload::Parameters;

constexpr std::array row_parameters{
    RowParameter{"steps", "the steps of service: 20us+1ms,5us is CPU and wait, then CPU"},
    RowParameter{"spread", "of service's times about their means: constant, exponential or lognormal"},
    RowParameter{"in_flight", "most tasks in flight (overlapped backends)"},
    RowParameter{"locks", "1: single-threaded backends take the shelves' locks too"},
    RowParameter{"as", "the backend that simulated plays in virtual time (default threads)"},
    RowParameter{"pinned",
                 "1: each worker keeps to a CPU of its own; 0: the system moves them (event_loops)"},
    RowParameter{"slow", "the first worker does each step's CPU work so many times over (closed runs)"},
    RowParameter{"static", "1: tasks are dealt out beforehand, a block to each worker (closed runs)"},
    RowParameter{"per_thread", "1: each thread has a context of its own (asio)"},
    RowParameter{
        "waits",
        "what a wait is: timer (default), or unix or tcp: a process of its own answers when it is over"},
    RowParameter{"desk",
                 "so many workers rent and take back books, the others do all else; 0: all do everything"},
};

constexpr int slowest = 16;  // a twin of the shop for each time

// /<param>:<value> for all that differ from their defaults, and for tasks.
std::string parameters_text(const Parameters& parameters) {
  const Parameters defaults;
  std::string text;
  for (const auto& info : workload::parameter_table())
    if (info.name == "tasks" || parameters.*(info.member) != defaults.*(info.member))
      text += "/" + std::string(info.name) + ":" + workload::parameter_text(parameters.*(info.member));
  return text;
}

// The same for the shape of service.
std::string shape_text(const Row& row) {
  if (!row.is_service()) return "";
  std::string text = "/steps:" + steps_text(row.shape.steps);
  if (row.shape.spread != workload::ServiceShape{}.spread)
    text += "/spread:" + std::string(spread_name(row.shape.spread));
  return text;
}

// Whether a parameter of the shop's differs from its default.
bool has_shop_parameters(const Parameters& parameters) {
  Parameters plain;
  plain.tasks = parameters.tasks;
  plain.seed = parameters.seed;
  plain.cpu_scale = parameters.cpu_scale;
  plain.wait_scale = parameters.wait_scale;
  return std::ranges::any_of(workload::parameter_table(), [&](const auto& info) {
    return parameters.*(info.member) != plain.*(info.member);
  });
}

}  // namespace

std::span<const RowParameter> row_parameter_table() { return row_parameters; }

void set_parameter(Row& row, std::string_view name, std::string_view value) {
  if (name == "cores") {
    row.cores = parse_cores(value);
  } else if (name == "workers") {
    row.workers = parse_workers(value);
  } else if (name == "in_flight") {
    row.in_flight = static_cast<std::uint32_t>(parse_whole(name, value, 1, 2'000'000'000));
  } else if (name == "locks") {
    row.locks = parse_whole(name, value, 0, 1) == 1;
  } else if (name == "as") {
    row.as = backend::find_backend(value).name;
  } else if (name == "pinned") {
    row.pinned = parse_whole(name, value, 0, 1) == 1;
  } else if (name == "steps") {
    row.shape.steps = parse_steps(value);
    row.shape_given = true;
  } else if (name == "spread") {
    row.shape.spread = parse_spread(value);
    row.shape_given = true;
  } else if (name == "slow") {
    row.slow = static_cast<int>(parse_whole(name, value, 1, slowest));
  } else if (name == "static") {
    row.static_split = parse_whole(name, value, 0, 1) == 1;
  } else if (name == "per_thread") {
    row.per_thread = parse_whole(name, value, 0, 1) == 1;
  } else if (name == "waits") {
    row.waits = parse_waits(value);
  } else if (name == "desk") {
    row.desk = static_cast<int>(parse_whole(name, value, 0, 1'000'000));
  } else if (name == "tasks" && value.starts_with("x")) {
    Parameters scale;  // a factor is read as a scale is
    try {
      workload::set_parameter(scale, "wait_scale", value.substr(1));
    } catch (const std::invalid_argument&) {
      throw std::invalid_argument("tasks is '" + std::string(value) +
                                  "'; give a whole number, or x and a factor on the default, such as x2");
    }
    row.tasks_factor = scale.wait_scale;
    row.tasks_given = false;
  } else {
    workload::set_parameter(row.parameters, name, value);
    row.tasks_given = row.tasks_given || name == "tasks";
  }
}

std::string Row::name() const {
  std::string text = workload + "/" + backend + "/cores:" + std::to_string(cores) +
                     "/workers:" + std::to_string(workers) + parameters_text(parameters) + shape_text(*this);
  if (in_flight != 0) text += "/in_flight:" + std::to_string(in_flight);
  if (locks) text += "/locks:1";
  if (as != Row().as) text += "/as:" + as;
  if (pinned) text += *pinned ? "/pinned:1" : "/pinned:0";
  if (slow != 1) text += "/slow:" + std::to_string(slow);
  if (static_split) text += "/static:1";
  if (per_thread) text += "/per_thread:1";
  if (real_waits()) text += "/waits:" + std::string(waits_name(waits));
  if (desk != 0) text += "/desk:" + std::to_string(desk);
  return text;
}

std::string Row::plan_name() const { return workload + parameters_text(parameters) + shape_text(*this); }

bool Row::is_virtual() const { return backend == backend::Simulated::traits.name; }

const backend::BackendTraits& Row::ways() const { return backend::find_backend(is_virtual() ? as : backend); }

backend::Team Row::team(backend::Load load, bool door) const {
  backend::Team team(workers);
  team.door = door;
  if (is_virtual()) {
    const Costs nominal;
    const bool behind = load == backend::Load::open && backend::has_door(ways(), team);
    team.played = (costs ? *costs : nominal).played(*this, behind);
  }
  team.pinned = pinned;
  team.static_split = static_split;
  team.per_thread = per_thread;
  const auto trained_for = [](workload::Role role) {
    return backend::Roles{1} << static_cast<unsigned>(role);
  };
  for (int worker = 0; desk != 0 && worker < workers; ++worker)
    team.trained.push_back(trained_for(worker < desk ? workload::Role::desk : workload::Role::back_office));
  return team;
}

backend::WaitsBy parse_waits(std::string_view text) {
  for (const auto by : {backend::WaitsBy::timer, backend::WaitsBy::unix_socket, backend::WaitsBy::tcp})
    if (text == waits_name(by)) return by;
  throw std::invalid_argument("waits is '" + std::string(text) + "'; give timer, unix or tcp");
}

std::string_view waits_name(backend::WaitsBy waits) {
  switch (waits) {
    case backend::WaitsBy::unix_socket:
      return "unix";
    case backend::WaitsBy::tcp:
      return "tcp";
    case backend::WaitsBy::timer:
      break;
  }
  return "timer";
}

void require_timers(const Row& row, std::string_view what) {
  if (row.real_waits())
    throw std::invalid_argument(std::string(what) +
                                " goes by timers; leave out waits:" + std::string(waits_name(row.waits)));
}

bool Row::locked() const { return !is_service() && (locks || !ways().single_threaded); }

void check_shape(const Row& row) {
  if (row.shape_given && !row.is_service())
    throw std::invalid_argument("steps and spread are the shape of service; leave them out for " +
                                row.workload);
  if (row.is_service() && (row.locks || has_shop_parameters(row.parameters)))
    throw std::invalid_argument("service has no shop; leave out locks and the shop's parameters");
}

namespace {

void check_desk(const Row& row, const backend::BackendTraits& traits) {
  if (!traits.roles)
    throw std::invalid_argument("desk has no meaning for " + std::string(traits.name) +
                                ", whose workers do everything; leave it out");
  if (row.is_service() || row.workload == null_workload)
    throw std::invalid_argument("desk has no meaning for " + row.workload +
                                ", whose tasks are all of one kind; leave it out");
  if (row.desk >= row.workers)
    throw std::invalid_argument("desk is " + std::to_string(row.desk) + ", but workers is " +
                                std::to_string(row.workers) + "; leave at least one for the back office");
}

}  // namespace

namespace {

void check_virtual(const Row& row) {
  if (!row.is_virtual()) {
    if (row.as != Row().as)
      throw std::invalid_argument("as says which backend simulated plays; leave it out for " + row.backend);
    return;
  }
  if (row.ways().time == backend::Time::virtual_time)
    throw std::invalid_argument("as is '" + row.as + "'; give a backend that runs on a machine");
  require_timers(row, row.backend);
  if (row.pinned)
    throw std::invalid_argument("pinned has no meaning for " + row.backend +
                                ", whose workers never share a core by chance; leave it out");
}

}  // namespace

void check_team(const Row& row) {
  check_virtual(row);
  const auto& traits = row.ways();
  if (row.desk != 0) check_desk(row, traits);
  if (traits.single_threaded) backend::require_single_worker(traits, row.team());
  if (row.slow != 1 && traits.single_threaded)
    throw std::invalid_argument("slow has no meaning for " + std::string(traits.name) +
                                ", which has one worker; set cpu_scale instead");
  backend::require_wishes(traits, row.team());
  if (row.pinned && *row.pinned == traits.pins)
    throw std::invalid_argument(
        row.backend + (traits.pins ? " keeps each worker to a CPU of its own anyway; leave pinned:1 out"
                                   : " keeps no worker to a CPU; leave pinned:0 out"));
}

void check_row(const Row& row) {
  require_workload(row.workload);
  check_shape(row);
  check_team(row);
  const auto& traits = row.ways();
  if (row.in_flight != 0 && traits.waits == backend::Waits::blocking)
    throw std::invalid_argument("in_flight has no meaning for " + std::string(traits.name) +
                                ", which has as many tasks in flight as workers; set workers instead");
  if (row.locks && !traits.single_threaded)
    throw std::invalid_argument("locks:1 has no meaning for " + std::string(traits.name) +
                                ", which always locks");
}

void check_placement(const Row& row) {
  if (row.is_virtual()) return;
  backend::wants_pins(backend::find_backend(row.backend), row.team());
}

void parse_row_parts(std::string_view name, Row& row,
                     const std::function<void(std::string_view, std::string_view)>& set) {
  std::string_view rest = name;
  row.workload = next_part(rest);
  row.backend = next_part(rest);
  backend::find_backend(row.backend);
  const auto parameters = [&] {
    try {
      return parameters_in(rest);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument("row '" + std::string(name) + "': " + error.what());
    }
  }();
  for (const auto& [part, value] : parameters) set(part, value);
}

Row parse_row(std::string_view name) {
  Row row;
  parse_row_parts(name, row,
                  [&](std::string_view part, std::string_view value) { set_parameter(row, part, value); });
  check_row(row);
  return row;
}

void expect_pools_of(const std::vector<Row>& rows) {
  std::vector<backend::ExpectedPool> pools;
  for (const Row& row : rows) pools.push_back({row.backend, row.workers});
  backend::expect_pools(pools);
}

}  // namespace bookstore
