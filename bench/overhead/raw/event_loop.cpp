// One thread with a ready queue and a heap of timers, as a loop is usually written.
#include <time.h>

#include <functional>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

#include "bench/overhead/raw/runner.hpp"

namespace bookstore::overhead {

namespace {

std::int64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

class Grain : public GrainRunner {
  void run(workload::GrainJob& job, std::uint32_t calls) override {
    // All tasks are ready from the start, in order: the queue of them is a number. None waits, yet a loop has
    // to look.
    for (std::uint32_t next = 0; next < calls; ++next) {
      while (!timers_.empty() && timers_.top().first <= now()) {
        const std::uint32_t due = timers_.top().second;
        timers_.pop();
        do_grain(job, due);
      }
      do_grain(job, next);
    }
  }

  using Timer = std::pair<std::int64_t, std::uint32_t>;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
};

}  // namespace

template <>
std::unique_ptr<GrainRunner> make_grain_twin<BOOKSTORE_ALIGNMENT, Twin::event_loop>(int) {
  return std::make_unique<Grain>();
}

}  // namespace bookstore::overhead
