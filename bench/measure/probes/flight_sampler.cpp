#include "bench/measure/probes/flight_sampler.hpp"

#include "bench/measure/probes/cost.hpp"
#include "bench/measure/statistics/percentiles.hpp"
#include "bench/seam/run.hpp"
#include "workloads/random.hpp"

namespace bookstore::measure {

FlightSampler::FlightSampler(const FlightCounters& counters, std::uint64_t seed)
    : thread_([this, &counters, seed](const std::stop_token& stop) { sample(stop, counters, seed); }) {}

void FlightSampler::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void FlightSampler::sample(const std::stop_token& stop, const FlightCounters& counters, std::uint64_t seed) {
  constexpr double mean_gap_ns = 5e6;
  constexpr std::size_t expected = 1 << 14;
  samples_.reserve(expected);
  const backend::SteadyClock clock;
  SplitMix64 random{mix64(seed)};
  const std::int64_t cpu_before = thread_cpu_ns();
  std::int64_t next = clock.now();
  while (!stop.stop_requested()) {
    next += static_cast<std::int64_t>(mean_gap_ns * exponential(random));
    clock.sleep_until(next);
    samples_.push_back({clock.now(), counters.in_flight(), counters.finished()});
  }
  cpu_ns_ = thread_cpu_ns() - cpu_before;
}

FlightMean mean_in_flight(std::span<const FlightSample> samples, std::int64_t begin, std::int64_t end) {
  std::vector<double> inside;
  for (const FlightSample& each : samples)
    if (each.time >= begin && each.time < end) inside.push_back(static_cast<double>(each.in_flight));
  FlightMean result;
  result.samples = inside.size();
  for (const double value : inside) result.mean += value / static_cast<double>(inside.size());
  if (const auto interval = mean_interval(inside)) result.error = (interval->upper - interval->mean) / t_29;
  return result;
}

}  // namespace bookstore::measure
