// One thread, the caller: a task that waits is put aside with its deadline, and the loop goes on with
// another. No lock and no atomic anywhere.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "bench/backends/event_loop/timer_queue.hpp"
#include "bench/backends/event_loop/wait_end.hpp"
#include "bench/seam/run.hpp"

namespace bookstore::backend {

// The step with which a task goes on.
struct Resumption {
  std::uint32_t task;
  std::uint32_t step;
};

// `WaitEnds` says when a wait ends.
template <class WaitEnds>
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
    for (;;) {
      loop.go_on_with_due();
      if (next < tasks && loop.waiting() < door.in_flight) {
        while (!loop.advance(next++) && next < tasks) {
        }
      } else if (loop.waiting() > 0) {
        loop.idle();
      } else {
        return;
      }
    }
  }

  // Arrivals are timers of their own kind: the loop sleeps until whichever comes first.
  template <Job J, Probe P = NoProbe, class Clock = SteadyClock>
  void run(J& job, const Schedule& door, P probe = {}, Clock clock = {}) {
    Loop loop(*this, job, probe, clock);
    const std::uint32_t tasks = job.size();
    std::uint32_t next = 0;
    while (next < tasks || loop.waiting() > 0) {
      loop.go_on_with_due();
      const std::int64_t arrival = next < tasks ? door.arrival(next) : never;
      if (arrival <= loop.now()) {
        probe.released(next, loop.slept_through(arrival) ? loop.woken_at() : arrival);
        loop.advance(next++);
      } else if (next < tasks || loop.waiting() > 0) {
        loop.idle(arrival);
      }
    }
  }

  // One worker has nobody to fork for.
  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t = no_cutoff) {
    return count_plainly(tree, tree.root());
  }

 private:
  // The clock is read after a task has begun to wait, so that no wait is cut short; where several begin close
  // together, beside their length, once for all of them. Else it is read only now and then: work that never
  // waits must not keep the waiting tasks waiting, nor pay for a clock that nobody needs.
  static constexpr int most_steps_between_readings = 8;

  // A step that takes long makes the waits late that were begun just before it. After one, so many waits are
  // dated one by one before several share a reading again.
  static constexpr int waits_of_caution = 64;

  // One run's turns of the loop. `now` is the last reading of the clock.
  template <class J, class P, class Clock>
  class Loop {
   public:
    Loop(EventLoopWith& owner, J& job, P& probe, const Clock& clock)
        : timers_(owner.timers_), job_(job), probe_(probe), clock_(clock), now_(clock.now()) {
      timers_.clear(now_);
    }

    std::int64_t now() const { return now_; }
    std::size_t waiting() const { return timers_.size() + undated_waits_; }

    // Whether the loop was asleep at that time, the last time it slept; and when it woke.
    bool slept_through(std::int64_t time) const { return time >= asleep_from_ && time <= woken_at_; }
    std::int64_t woken_at() const { return woken_at_; }

    // Every task whose wait is over.
    void go_on_with_due() {
      if (timers_.next_deadline() <= now_) go_on();
    }

    // Runs a task from that step on until it waits or is done. Whether another may be due by now, or one more
    // waits.
    bool advance(std::uint32_t task, std::uint32_t step = 0) {
      for (bool changed = false;;) {
        const Wait wait = run_step(job_, probe_, task, step++);
        if (wait > 0) begin_wait(wait, {task, step});
        if (--steps_to_reading_ == 0) {
          read_clock_if_needed();
          changed = true;
        }
        if (wait != 0) return changed || wait > 0;
      }
    }

    // Unless something is due: reads the clock, and sleeps if there is still nothing to do before `arrival`.
    void idle(std::int64_t arrival = never) {
      if (std::min(arrival, timers_.next_deadline()) <= now_) return;
      read_clock();
      if (std::min(arrival, timers_.next_deadline()) <= now_) return;
      asleep_from_ = now_;
      clock_.sleep_until(std::min(arrival, timers_.latest_wake_up()));
      now_ = woken_at_ = clock_.now();
    }

   private:
    struct UndatedWait {
      Wait wait;
      Resumption next;
    };

    void begin_wait(Wait wait, Resumption next) {
      if (undated_waits_ == 0) steps_to_reading_ = std::min(steps_to_reading_, steps_until_dated_);
      if (WaitEnds::undated(wait) < usual_span_) steps_to_reading_ = 1;
      undated_[undated_waits_++] = {wait, next};
    }

    void read_clock_if_needed() {
      steps_to_reading_ = most_steps_between_readings;
      if (undated_waits_ > 0 || !timers_.empty()) read_clock();
    }

    void read_clock() {
      const std::int64_t before = now_;
      now_ = clock_.now();
      if (undated_waits_ > 0) date_waits(now_ - before);
    }

    // Dates the waits that were begun since the last reading, `span` ago.
    void date_waits(std::int64_t span) {
      Wait shortest = never;
      for (std::size_t i = 0; i < undated_waits_; ++i) {
        const UndatedWait& begun = undated_[i];
        const WaitEnd end = WaitEnds::end_of(now_, begun.wait);
        timers_.push(end.at, begun.next, end.leeway);
        shortest = std::min(shortest, begun.wait);
      }
      undated_waits_ = 0;
      usual_span_ = span;
      if (span > WaitEnds::undated(shortest)) {
        steps_until_dated_ = 1;
        caution_ = waits_of_caution;
      } else if (caution_ > 0) {
        --caution_;
      } else if (2 * span < WaitEnds::undated(shortest) && steps_until_dated_ < most_steps_between_readings) {
        steps_until_dated_ *= 2;
        usual_span_ = 2 * span;
      }
    }

    // What a task works on has long left the cache: the loop knows who comes next, and lets the job fetch it
    // meanwhile. Out of line: tasks that never wait pay for what lies between them.
    [[gnu::noinline]] void go_on() {
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
    int steps_to_reading_ = most_steps_between_readings;
    int steps_until_dated_ = 1;
    std::int64_t usual_span_ = 0;  // of so many steps, by the last ones
    int caution_ = 0;
    std::size_t undated_waits_ = 0;
    std::array<UndatedWait, most_steps_between_readings> undated_;
    std::int64_t asleep_from_ = never;
    std::int64_t woken_at_ = 0;
  };

  TimerQueue<Resumption> timers_;
};

using EventLoop = EventLoopWith<RoundedWaits>;

}  // namespace bookstore::backend
