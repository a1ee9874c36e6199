#include "bench/measure/probes/flight_sampler.hpp"

#include <algorithm>

#include "bench/measure/machine/mask.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/statistics/percentiles.hpp"
#include "bench/seam/run.hpp"
#include "workloads/random.hpp"

namespace bookstore::measure {

namespace {

// The counters at a known time: read again if the thread was kept from running in between.
FlightSample look(const FlightCounters& counters, const backend::SteadyClock& clock) {
  constexpr std::int64_t at_once_ns = 20'000;
  constexpr int most_looks = 5;
  FlightSample sample{};
  for (int i = 0; i < most_looks; ++i) {
    sample = {clock.now(), counters.in_flight(), counters.finished()};
    if (clock.now() - sample.time <= at_once_ns) break;
  }
  return sample;
}

}  // namespace

std::vector<std::int64_t> poisson_instants(std::int64_t begin, std::int64_t end, std::uint64_t seed,
                                           double mean_gap_ns) {
  constexpr double most = 1e5;
  const double gap = std::max(mean_gap_ns, static_cast<double>(end - begin) / most);
  SplitMix64 random{mix64(seed)};
  std::vector<std::int64_t> instants;
  for (std::int64_t next = begin;;) {
    next += static_cast<std::int64_t>(gap * exponential(random));
    if (next >= end) return instants;
    instants.push_back(next);
  }
}

FlightSampler::FlightSampler(const FlightCounters& counters, std::uint64_t seed)
    : thread_([this, &counters, seed](const std::stop_token& stop) { sample(stop, counters, seed); }) {}

void FlightSampler::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void FlightSampler::sample(const std::stop_token& stop, const FlightCounters& counters, std::uint64_t seed) {
  constexpr std::size_t expected = 1 << 14;
  samples_.reserve(expected);
  leave_mask();
  const backend::SteadyClock clock;
  SplitMix64 random{mix64(seed)};
  const std::int64_t cpu_before = thread_cpu_ns();
  std::int64_t next = clock.now();
  while (!stop.stop_requested()) {
    next += static_cast<std::int64_t>(usual_gap_ns * exponential(random));
    clock.sleep_until(next);
    samples_.push_back(look(counters, clock));
  }
  cpu_ns_ = thread_cpu_ns() - cpu_before;
}

void count_from_arrival(std::span<FlightSample> samples, std::span<const std::int64_t> arrivals) {
  for (FlightSample& sample : samples)
    sample.in_flight = std::ranges::upper_bound(arrivals, sample.time) - arrivals.begin() - sample.finished;
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
