#include "bench/open/slo.hpp"

#include <stdexcept>

#include "bench/measure/statistics/percentiles.hpp"
#include "bench/shell/numbers.hpp"

namespace bookstore {

namespace {

// Runs of as many tasks take as many times longer as their rate is lower: a limit that nothing holds must end
// the search within minutes.
constexpr double lowest_part = 64;
// Of the first run's duration: what a search takes as a rule is two thirds of it.
constexpr double most_durations = 20;

}  // namespace

Slo parse_slo(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || !text.starts_with("p"))
    throw std::invalid_argument("slo is '" + std::string(text) +
                                "'; give a percentile and a time, such as p99=5ms");
  Slo slo;
  slo.text = text;
  slo.percentile = parse_positive("the percentile of slo", text.substr(1, equals - 1)) / 100;
  if (slo.percentile >= 1)
    throw std::invalid_argument("slo is '" + std::string(text) + "'; its percentile must be below 100");
  slo.limit_ns = parse_time_ns("the limit of slo", text.substr(equals + 1));
  return slo;
}

Trial compare_with_slo(const OpenFigures& figures, const Slo& slo) {
  if (figures.judgement.verdict == measure::Verdict::overload) return Trial::fail;
  if (figures.judgement.verdict == measure::Verdict::invalid) return Trial::unclear;
  const auto percentile =
      measure::percentile(measure::latencies(figures.records, figures.window), slo.percentile);
  if (!percentile.printed) return Trial::unclear;
  if (static_cast<double>(percentile.upper) <= slo.limit_ns) return Trial::pass;
  return static_cast<double>(percentile.lower) > slo.limit_ns ? Trial::fail : Trial::unclear;
}

Capacity search_capacity(const OpenRow& row, const Slo& slo, double resolution) {
  CapacitySearch search;
  search.first_rate = row.schedule.rate;
  search.min_rate = search.first_rate / lowest_part;
  search.tasks = row.schedule.rate * row.schedule.duration;
  search.resolution = resolution;
  search.most_seconds = most_durations * row.schedule.duration;
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
