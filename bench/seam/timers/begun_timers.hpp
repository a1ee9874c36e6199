// The waits that one thread has begun and not yet ended, kept as timers, and when it reads its clock for
// them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "bench/seam/clocks.hpp"
#include "bench/seam/timers/timer_queue.hpp"
#include "bench/seam/timers/wait_end.hpp"
#include "workloads/job.hpp"

namespace bookstore::backend {

// `Ends` says when a wait ends (wait_end.hpp). A Token tells whose wait it was. For one thread.
//
// The clock is read after a task has begun to wait, so that no wait is cut short. Several waits that begin
// close together, compared with their length, share one reading. While tasks run that never wait, the clock
// is read only now and then: such work must not keep the waiting tasks waiting, and should not pay for many
// readings.
template <class Token, class Clock, class Ends>
class BegunTimers {
 public:
  // Both outlive this; the memory of `timers` is kept for the next run.
  template <class W>
  BegunTimers(const W& waiter, TimerQueue<Token>& timers)
      : timers_(timers), clock_(waiter.clock()), now_(clock_.now()) {
    timers_.clear(now_);
  }

  // The last reading of the clock.
  std::int64_t now() const { return now_; }
  std::size_t size() const { return timers_.size() + undated_waits_; }

  // Whether the thread was asleep at that time, the last time it slept; and when it woke.
  bool slept_through(std::int64_t time) const { return time >= asleep_from_ && time <= woken_at_; }
  std::int64_t woken_at() const { return woken_at_; }

  void begin(Wait wait, Token token) {
    if (undated_waits_ == 0) steps_to_reading_ = std::min(steps_to_reading_, steps_until_dated_);
    if (Ends::undated(wait) < usual_span_) steps_to_reading_ = 1;
    undated_[undated_waits_++] = {wait, token};
  }

  // To be called after each step, and after begin() if a wait began with it. Whether something may be over
  // by now that was not before.
  bool step_done() {
    // Nothing is written while nobody waits: a worker's next claim is an atomic operation, which would have
    // to wait for that.
    if (size() == 0) return false;
    if (--steps_to_reading_ != 0) return false;
    steps_to_reading_ = most_steps_between_readings;
    read_clock();
    return true;
  }

  // Whether a wait is over, by the last reading.
  bool any_over() const { return timers_.next_deadline() <= now_; }

  // Hands the token of each wait that is over to sink(token); ahead(token) is a hint that it will be soon.
  template <class Sink, class Ahead>
  void end_those_over(Sink sink, Ahead ahead) {
    timers_.pop_due(
        now_, [&sink](Token token, std::int64_t) { sink(token); }, ahead);
  }

  // Unless a wait is over or `arrival` has come: reads the clock, and if there is still nothing to do calls
  // sleep(deadline), which may return early, with the latest time at which a wait must be ended.
  template <class Sleep>
  void idle(std::int64_t arrival, Sleep sleep) {
    if (std::min(arrival, timers_.next_deadline()) <= now_) return;
    read_clock();
    if (std::min(arrival, timers_.next_deadline()) <= now_) return;
    asleep_from_ = now_;
    sleep(timers_.latest_wake_up());
    now_ = woken_at_ = clock_.now();
  }
  // Or, where waits are more than timers, until one may be over.
  void sleep_until(std::int64_t deadline) { clock_.sleep_until(deadline); }

 private:
  static constexpr int most_steps_between_readings = 8;

  // A step that takes long makes the waits late that were begun just before it. After one, so many waits are
  // dated one by one before several share a reading again.
  static constexpr int waits_of_caution = 64;

  struct Undated {
    Wait wait;
    Token token;
  };

  void read_clock() {
    const std::int64_t before = now_;
    now_ = clock_.now();
    if (undated_waits_ > 0) date_waits(now_ - before);
  }

  // Dates the waits that were begun since the last reading, `span` ago.
  void date_waits(std::int64_t span) {
    Wait shortest = never;
    for (std::size_t i = 0; i < undated_waits_; ++i) {
      const Undated& begun = undated_[i];
      const WaitEnd end = Ends::end_of(now_, begun.wait);
      timers_.push(end.at, begun.token, end.leeway);
      shortest = std::min(shortest, begun.wait);
    }
    undated_waits_ = 0;
    usual_span_ = span;
    if (span > Ends::undated(shortest)) {
      steps_until_dated_ = 1;
      caution_ = waits_of_caution;
    } else if (caution_ > 0) {
      --caution_;
    } else if (2 * span < Ends::undated(shortest) && steps_until_dated_ < most_steps_between_readings) {
      steps_until_dated_ *= 2;
      usual_span_ = 2 * span;
    }
  }

  TimerQueue<Token>& timers_;
  const Clock& clock_;
  std::int64_t now_;
  int steps_to_reading_ = most_steps_between_readings;
  int steps_until_dated_ = 1;
  std::int64_t usual_span_ = 0;  // of so many steps, by the last ones
  int caution_ = 0;
  std::size_t undated_waits_ = 0;
  std::array<Undated, most_steps_between_readings> undated_;
  std::int64_t asleep_from_ = never;
  std::int64_t woken_at_ = 0;
};

}  // namespace bookstore::backend
