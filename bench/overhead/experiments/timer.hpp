// timer: the event loop's queue of wake-ups alone, in virtual time.
#pragma once

#include <cstdint>

#include "bench/overhead/experiment.hpp"
#include "bench/seam/timers/timer_queue.hpp"

namespace bookstore::overhead {

Experiment timer_experiment();

// Sees timers as they are handed out, and keeps what must not happen.
class ExpiryCheck {
 public:
  void expire(std::int64_t deadline, std::int64_t now) {
    out_of_order_ += deadline < last_ ? 1 : 0;
    early_ += deadline > now ? 1 : 0;
    last_ = deadline;
    ++expired_;
  }
  bool holds(std::uint64_t timers) const { return out_of_order_ == 0 && early_ == 0 && expired_ == timers; }

 private:
  std::int64_t last_ = 0;
  std::uint64_t expired_ = 0, out_of_order_ = 0, early_ = 0;
};

}  // namespace bookstore::overhead
