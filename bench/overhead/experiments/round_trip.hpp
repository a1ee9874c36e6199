// round_trip: what one real wait costs, of one task that asks again and again.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/overhead/experiment.hpp"
#include "bench/seam/clocks.hpp"
#include "workloads/job.hpp"

namespace bookstore::overhead {

Experiment round_trip_experiment();

// One task with so many waits of a nanosecond, the shortest there is: from the end of each step to the
// beginning of the next is what a wait takes beside itself.
class RoundTripJob {
 public:
  explicit RoundTripJob(std::uint32_t waits) : times_(waits) {}

  std::uint32_t size() const { return 1; }
  Wait step(std::uint32_t, std::uint32_t step) {
    const std::int64_t now = clock_.now();
    if (step > 0) times_[step - 1] = now - ended_;
    if (step == times_.size()) return done;
    ended_ = clock_.now();
    return 1;
  }
  // In nanoseconds, in their order.
  const std::vector<std::int64_t>& times() const { return times_; }

 private:
  std::vector<std::int64_t> times_;
  std::int64_t ended_ = 0;
  backend::SteadyClock clock_;
};

}  // namespace bookstore::overhead
