// What a wait is. A backend is given a waiter and never asks which: a timer on the run's clock, or a request
// to another process (sockets/socket_waits.hpp).
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

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

template <Waiter W>
using ClockOf = std::remove_cvref_t<decltype(std::declval<const W&>().clock())>;

namespace detail {

template <class W>
struct AlarmOf {
  using type = EverybodysAlarm<ClockOf<W>>;
};
template <class W>
requires(
    !requires { typename W::Alarm; } && requires { typename ClockOf<W>::Alarm; }) struct AlarmOf<W> {
  using type = typename ClockOf<W>::Alarm;
};
template <class W>
requires requires { typename W::Alarm; }
struct AlarmOf<W> {
  using type = typename W::Alarm;
};

}  // namespace detail

// What workers sleep at: the alarm that a waiter brings, or its clock does, or one for time that passes by
// sleeping.
template <Waiter W>
using AlarmOf = typename detail::AlarmOf<W>::type;

// Answers make(arguments of such an alarm for so many sleepers...).
template <Waiter W, class Make>
decltype(auto) make_alarm(const W& waiter, int sleepers, const Make& make) {
  if constexpr (requires { typename W::Alarm; })
    return make(sleepers, waiter);
  else if constexpr (std::constructible_from<AlarmOf<W>, int>)
    return make(sleepers);
  else
    return make(sleepers, waiter.clock());
}

}  // namespace bookstore::backend
