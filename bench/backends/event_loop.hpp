// One thread, the caller: a task that waits is put aside with its deadline, and the loop goes on with
// another. No lock and no atomic anywhere.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/backends/run.hpp"
#include "bench/backends/timer_queue.hpp"

namespace bookstore::backend {

// Deadlines are rounded up by at most 0.1 % of their wait (round_deadline), never early.
class EventLoop {
 public:
  static constexpr BackendTraits traits{"event_loop", Waits::overlapped, true};

  explicit EventLoop(int workers);
  int workers() const { return 1; }

  template <Job J, Probe P = NoProbe, class Clock = SteadyClock>
  void run(J& job, AllAtOnce door, P probe = {}, Clock clock = {}) {
    const std::uint32_t tasks = job.size();
    std::uint32_t next = 0;
    int steps_since_reading = 0;
    std::int64_t now = clock.now();
    timers_.clear(now);
    steps_.assign(tasks, 0);
    // Runs a task from its next step until it waits or is done.
    const auto advance = [&](std::uint32_t task) {
      for (;;) {
        const Wait wait = run_step(job, probe, task, steps_[task]++);
        if (wait > 0 || ++steps_since_reading == steps_between_readings) {
          steps_since_reading = 0;
          if (wait > 0 || !timers_.empty()) now = clock.now();
        }
        if (wait < 0) return;
        if (wait == 0) continue;
        timers_.push(round_deadline(now, wait), task);
        return;
      }
    };
    while (next < tasks || !timers_.empty()) {
      timers_.pop_due(now, [&](std::uint32_t task, std::int64_t) { advance(task); });
      if (next < tasks && timers_.size() < door.in_flight) {
        advance(next++);
      } else if (!timers_.empty() && timers_.next_deadline() > now) {
        now = clock.now();
        if (timers_.next_deadline() > now) {
          clock.sleep_until(timers_.next_deadline());
          now = clock.now();
        }
      }
    }
  }

 private:
  // The clock is read when a task begins to wait, and else only now and then: work that never waits must not
  // keep the timers waiting, nor pay for a clock that nobody needs.
  static constexpr int steps_between_readings = 8;

  TimerQueue timers_;
  std::vector<std::uint32_t> steps_;  // the next step of each task
};

}  // namespace bookstore::backend
