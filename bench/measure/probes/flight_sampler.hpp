// Samples the tasks in flight while a run goes on: an observation that owes nothing to the stamps, for
// Little's law.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include "bench/measure/probes/stamps.hpp"

namespace bookstore::measure {

struct FlightSample {
  std::int64_t time;          // CLOCK_MONOTONIC, nanoseconds
  std::int64_t in_flight;     // released less finished
  std::int64_t finished = 0;  // since the start of the run
};

// A thread that looks at the counters at Poisson instants (exponential gaps, so that it cannot fall into step
// with the work), mean gap 5 ms, from construction until stop().
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

struct FlightMean {
  double mean = 0;
  double error = 0;  // standard error by batch means
  std::size_t samples = 0;
};
// Of the samples in [begin, end); zeros when there are none.
FlightMean mean_in_flight(std::span<const FlightSample> samples, std::int64_t begin, std::int64_t end);

}  // namespace bookstore::measure
