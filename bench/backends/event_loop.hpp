// One thread, the caller: a task that waits is put aside with its deadline, and the loop goes on with
// another. No lock and no atomic anywhere.
#pragma once

#include <algorithm>
#include <cstdint>

#include "bench/backends/run.hpp"
#include "bench/backends/timer_queue.hpp"

namespace bookstore::backend {

// When a wait that begins at `now` ends. Rounded: late by at most 0.1 % of the wait, so that many waits share
// one sleep.
struct RoundedDeadlines {
  static std::int64_t end_of(std::int64_t now, Wait wait) noexcept { return round_deadline(now, wait); }
};

// To the nanosecond: shows what rounding saves.
struct ExactDeadlines {
  static std::int64_t end_of(std::int64_t now, Wait wait) noexcept {
    return wait > never - now ? never : now + wait;
  }
};

// What a timer of the loop is for.
struct Resumption {
  std::uint32_t task;
  std::uint32_t step;
};

template <class Deadlines>
class EventLoopWith {
 public:
  static constexpr BackendTraits traits{"event_loop", Waits::overlapped, true, false};

  explicit EventLoopWith(int workers, Load load = Load::closed);
  int workers() const { return 1; }

  template <Job J, Probe P = NoProbe, class Clock = SteadyClock>
  void run(J& job, AllAtOnce door, P probe = {}, Clock clock = {}) {
    Loop loop(*this, job, probe, clock);
    const std::uint32_t tasks = job.size();
    std::uint32_t next = 0;
    while (next < tasks || !timers_.empty()) {
      loop.run_due();
      if (next < tasks && timers_.size() < door.in_flight)
        loop.advance(next++);
      else if (!timers_.empty())
        loop.idle_until(timers_.next_deadline());
    }
  }

  // Arrivals are timers of their own kind: the loop sleeps until whichever comes first.
  template <Job J, Probe P = NoProbe, class Clock = SteadyClock>
  void run(J& job, const Schedule& door, P probe = {}, Clock clock = {}) {
    Loop loop(*this, job, probe, clock);
    const std::uint32_t tasks = job.size();
    std::uint32_t next = 0;
    while (next < tasks || !timers_.empty()) {
      loop.run_due();
      const std::int64_t arrival = next < tasks ? door.arrival(next) : never;
      if (arrival <= loop.now()) {
        probe.released(next, loop.slept_through(arrival) ? loop.woken_at() : arrival);
        loop.advance(next++);
      } else if (next < tasks || !timers_.empty()) {
        loop.idle_until(std::min(arrival, timers_.next_deadline()));
      }
    }
  }

  // One worker has nobody to fork for.
  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t = no_cutoff) {
    return count_plainly(tree, tree.root());
  }

 private:
  // The clock is read when a task begins to wait, and else only now and then: work that never waits must not
  // keep the timers waiting, nor pay for a clock that nobody needs.
  static constexpr int steps_between_readings = 8;

  // One run's turns of the loop. `now` is the last reading of the clock.
  template <class J, class P, class Clock>
  class Loop {
   public:
    Loop(EventLoopWith& owner, J& job, P& probe, const Clock& clock)
        : timers_(owner.timers_), job_(job), probe_(probe), clock_(clock), now_(clock.now()) {
      timers_.clear(now_);
    }

    std::int64_t now() const { return now_; }

    // Whether the loop was asleep at that time, the last time it slept; and when it woke.
    bool slept_through(std::int64_t time) const { return time >= asleep_from_ && time <= woken_at_; }
    std::int64_t woken_at() const { return woken_at_; }

    // Goes on with every task whose wait is over.
    void run_due() {
      if (timers_.next_deadline() <= now_) go_on_with_due();
    }

    // Runs a task from that step on until it waits or is done.
    void advance(std::uint32_t task, std::uint32_t step = 0) {
      for (;;) {
        const Wait wait = run_step(job_, probe_, task, step++);
        if (wait > 0 || ++steps_since_reading_ == steps_between_readings) {
          steps_since_reading_ = 0;
          if (wait > 0 || !timers_.empty()) now_ = clock_.now();
        }
        if (wait < 0) return;
        if (wait == 0) continue;
        timers_.push(Deadlines::end_of(now_, wait), {task, step});
        return;
      }
    }

    // Nothing is due by the last reading: reads the clock, and sleeps if there is still nothing to do.
    void idle_until(std::int64_t time) {
      if (time <= now_) return;
      now_ = clock_.now();
      if (time <= now_) return;
      asleep_from_ = now_;
      clock_.sleep_until(time);
      now_ = woken_at_ = clock_.now();
    }

   private:
    // What a task works on has long left the cache: the loop knows who comes next, and lets the job fetch it
    // meanwhile. Out of line: tasks that never wait pay for what lies between them.
    [[gnu::noinline]] void go_on_with_due() {
      timers_.pop_due(
          now_, [this](Resumption next, std::int64_t) { advance(next.task, next.step); },
          [this](Resumption next) {
            if constexpr (ForeseeingJob<J>) job_.foresee(next.task);
          });
    }

    TimerQueue<Resumption>& timers_;
    J& job_;
    P& probe_;
    const Clock& clock_;
    std::int64_t now_;
    int steps_since_reading_ = 0;
    std::int64_t asleep_from_ = never;
    std::int64_t woken_at_ = 0;
  };

  TimerQueue<Resumption> timers_;
};

using EventLoop = EventLoopWith<RoundedDeadlines>;

}  // namespace bookstore::backend
