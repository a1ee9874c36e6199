#include "bench/open/slo.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/measure/statistics/percentiles.hpp"
#include "bench/shell/numbers.hpp"

namespace bookstore {

namespace {

// Runs of as many tasks take as many times longer as their rate is lower: a limit that nothing holds must end
// the search within minutes.
constexpr double lowest_part = 64;
// Whoever begins beyond the usual rates may go on from there: cores in virtual time are many.
constexpr double most_doubled = 16;
// Of the first run's duration: what a search takes as a rule is two thirds of it.
constexpr double most_durations = 20;

// What the percentile is one of: "delay", or the figure of a kind of task.
void set_figure(Slo& slo, std::string_view name) {
  slo.delay = name == "delay";
  if (slo.delay) return;
  std::string known = "delay";
  for (std::size_t k = 0; k < workload::kind_count; ++k) {
    const auto kind = static_cast<workload::Kind>(k);
    if (kind == workload::Kind::open_shop || kind == workload::Kind::close_shop) continue;
    if (workload::info(kind).figure == name) slo.kind = kind;
    known += ", " + std::string(workload::info(kind).figure);
  }
  if (!slo.kind)
    throw std::invalid_argument("slo is '" + slo.text + "'; its percentile is of " + known +
                                ", or of all latencies: p99=5ms");
}

}  // namespace

Slo parse_slo(std::string_view text) {
  const std::size_t equals = text.find('=');
  std::string_view percentile = text.substr(0, equals);
  Slo slo;
  slo.text = text;
  if (const std::size_t end = percentile.find('_'); end != std::string_view::npos) {
    set_figure(slo, percentile.substr(0, end));
    percentile.remove_prefix(end + 1);
  }
  if (equals == std::string_view::npos || !percentile.starts_with("p"))
    throw std::invalid_argument("slo is '" + std::string(text) +
                                "'; give a percentile and a time, such as delay_p99=1ms or p99=5ms");
  slo.percentile = parse_positive("the percentile of slo", percentile.substr(1)) / 100;
  if (slo.percentile >= 1)
    throw std::invalid_argument("slo is '" + std::string(text) + "'; its percentile must be below 100");
  slo.limit_ns = parse_time_ns("the limit of slo", text.substr(equals + 1));
  return slo;
}

void check_slo(const Slo& slo, const OpenRow& row) {
  if (!slo.kind) return;
  if (!row.is_null() && !row.row.is_service() &&
      workload::find_mix(row.row.workload).per_thousand[static_cast<std::size_t>(*slo.kind)] > 0)
    return;
  throw std::invalid_argument("slo is '" + slo.text + "', but " + row.row.workload + " has no " +
                              std::string(workload::info(*slo.kind).name));
}

Trial compare_with_slo(const OpenFigures& figures, const Slo& slo) {
  if (figures.judgement.validity == measure::Validity::overload) return Trial::fail;
  if (figures.judgement.validity == measure::Validity::invalid) return Trial::unclear;
  measure::Kind kind;
  if (slo.kind) kind = static_cast<std::uint32_t>(*slo.kind);
  const auto times = slo.delay ? measure::delays(figures.records, figures.window, kind)
                               : measure::latencies(figures.records, figures.window, kind);
  if (times.empty()) return Trial::unclear;
  const auto percentile = measure::percentile(times, slo.percentile);
  if (percentile.few) return Trial::unclear;
  if (static_cast<double>(percentile.upper) <= slo.limit_ns) return Trial::pass;
  return static_cast<double>(percentile.lower) > slo.limit_ns ? Trial::fail : Trial::unclear;
}

Capacity search_capacity(const OpenRow& row, const Slo& slo, double resolution, double seconds) {
  CapacitySearch search;
  search.first_rate = row.schedule.rate;
  search.max_rate = std::max(search.max_rate, most_doubled * search.first_rate);
  search.min_rate = search.first_rate / lowest_part;
  search.tasks = row.schedule.rate * row.schedule.duration;
  search.resolution = resolution;
  // A trial in virtual time takes as long as its tasks, at whatever rate they arrive.
  search.most_seconds =
      row.row.is_virtual() ? seconds : std::min(most_durations * row.schedule.duration, seconds);
  search.both_ends = row.row.is_virtual();
  search.seed = row.schedule.seed;
  return find_capacity(search, [&](double rate, double duration, std::uint64_t seed) {
    OpenRow trial = row;
    trial.schedule.rate = rate;
    trial.schedule.duration = duration;
    trial.schedule.seed = seed;
    return compare_with_slo(measure_open_row(trial, make_arrivals(trial)), slo);
  });
}

}  // namespace bookstore
