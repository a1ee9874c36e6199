// What a wait is. A backend is given a waiter and never asks which: today a timer on the run's clock.
#pragma once

#include <concepts>
#include <cstdint>

#include "bench/seam/clocks.hpp"
#include "bench/seam/timers/begun_timers.hpp"
#include "bench/seam/timers/wait_end.hpp"
#include "workloads/job.hpp"

namespace bookstore::backend {

// The step with which a task goes on when its wait is over.
struct Resumption {
  std::uint32_t task;
  std::uint32_t step;
};

// A small handle, taken by value.
//
// - clock(): the clock of the run, by which arrivals come.
// - wait(wait, task), for blocking backends: returns when the task's wait is over.
// - end_of(wait), for a worker that hands the wait to whoever keeps it: when one that begins now is over.
// - Begun, for overlapped backends: the waits that one thread has begun, made from the waiter and a queue
//   that it may keep them in; BegunTimers says what it offers. Each loop has one of its own.
template <class W>
concept Waiter = std::copyable<W> && requires(const W& waiter, Wait wait, std::uint32_t task) {
  { waiter.clock().now() } -> std::same_as<std::int64_t>;
  waiter.wait(wait, task);
  { waiter.end_of(wait) } -> std::same_as<WaitEnd>;
  typename W::Begun;
};

// A wait is time alone.
template <class Clock = SteadyClock, class Ends = RoundedWaits>
class Timers {
 public:
  using Begun = BegunTimers<Resumption, Clock, Ends>;

  Timers() = default;
  explicit Timers(const Clock& clock) : clock_(clock) {}

  const Clock& clock() const { return clock_; }
  void wait(Wait wait, std::uint32_t) const { clock_.sleep_until(clock_.now() + wait); }
  WaitEnd end_of(Wait wait) const { return Ends::end_of(clock_.now(), wait); }

 private:
  [[no_unique_address]] Clock clock_{};
};

}  // namespace bookstore::backend
