// Samples the tasks in flight while a run goes on: an observation that owes nothing to the stamps, for
// Little's law.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include "bench/measure/probes/flight_counters.hpp"
#include "bench/measure/probes/flight_log.hpp"

namespace bookstore::measure {

inline constexpr double usual_gap_ns = 5e6;

// Poisson instants (exponential gaps, so that they cannot fall into step with the work) from `begin` to
// `end`, by their mean gap, longer where these would be more than 100,000.
std::vector<std::int64_t> poisson_instants(std::int64_t begin, std::int64_t end, std::uint64_t seed,
                                           double mean_gap_ns = usual_gap_ns);

// A thread that looks at the counters at such instants, from construction until stop(), on the CPUs outside
// of the process's mask. Where there are none it would be in the way, and see what the run lets it see: see
// FlightLog.
class FlightSampler {
 public:
  FlightSampler(const FlightCounters& counters, std::uint64_t seed);

  // Ends the thread; the samples may be read after.
  void stop();
  std::span<const FlightSample> samples() const { return samples_; }
  // What the thread itself cost, in nanoseconds of CPU time.
  std::int64_t cpu_ns() const { return cpu_ns_; }

 private:
  void sample(const std::stop_token& stop, const FlightCounters& counters, std::uint64_t seed);

  std::vector<FlightSample> samples_;
  std::int64_t cpu_ns_ = 0;
  std::jthread thread_;
};

// Where the workers are the door, customers who stand before busy ones are let in only when they are taken.
// They are in flight all the same: what the schedule has sent by then, less what the counters saw finished.
// `arrivals` ascend, on the samples' clock.
void count_from_arrival(std::span<FlightSample> samples, std::span<const std::int64_t> arrivals);

struct FlightMean {
  double mean = 0;
  double error = 0;  // standard error by batch means
  std::size_t samples = 0;
};
// Of the samples in [begin, end); zeros when there are none.
FlightMean mean_in_flight(std::span<const FlightSample> samples, std::int64_t begin, std::int64_t end);

}  // namespace bookstore::measure
