// The waits of tasks that run on a runtime's own threads, kept by one thread that runs no task: in an open
// run the door, in a closed one the caller, which would only sleep.
#pragma once

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstdint>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "bench/seam/lines.hpp"
#include "bench/seam/run.hpp"
#include "bench/seam/sockets/socket_waits.hpp"
#include "bench/seam/timers/timer_queue.hpp"

namespace bookstore::backend {

// A worker dates the wait itself and puts it down under a lock; it wakes the keeper only for a wait that is
// over before the keeper would wake. A task may go on elsewhere as soon as begin() is called.
template <Waiter W>
class KeptWaits {
 public:
  // `timers`, whose memory is kept for the next run, outlives this.
  KeptWaits(const W& waiter, TimerQueue<Resumption>& timers)
      : waiter_(waiter),
        timers_(timers),
        alarm_(make_alarm(waiter, 1, [](const auto&... arguments) { return AlarmOf<W>(arguments...); })) {
    timers_.clear(waiter.clock().now());
  }

  // Any worker.
  void begin(Wait wait, Resumption token) {
    const WaitEnd end = waiter_.end_of(wait);
    const std::scoped_lock guard(lock_);
    begun_.push_back({end, token});
    const std::int64_t latest = end.at + end.leeway;
    if (latest >= wake_at_) return;
    wake_at_ = latest;
    alarm_.set(latest);
  }

  // keep() asks next_arrival() again. Any thread.
  void wake() {
    const std::scoped_lock guard(lock_);
    called_ = true;
    if (wake_at_ == awake) return;
    wake_at_ = awake;
    alarm_.set(0);
  }

  // All tasks are finished, or one has failed: keep() returns. Any thread.
  void end() {
    ended_.store(true);
    alarm_.end();
  }

  // By one thread, until end(): calls go_on(token) when a wait is over. next_arrival() says when let_in(now)
  // is to be called next; never: not any more.
  template <class NextArrival, class LetIn, class GoOn>
  void keep(const NextArrival& next_arrival, const LetIn& let_in, const GoOn& go_on) {
    std::vector<Begun> fresh;
    while (!ended_.load()) {
      {
        const std::scoped_lock guard(lock_);
        wake_at_ = awake;
        called_ = false;
        std::swap(begun_, fresh);
      }
      for (const Begun& each : fresh) timers_.push(each.end.at, each.token, each.end.leeway);
      fresh.clear();
      const std::int64_t now = waiter_.clock().now();
      timers_.pop_due(now, [&](Resumption token, std::int64_t) { go_on(token); });
      const std::int64_t arrival = next_arrival();
      if (arrival <= now) {
        let_in(now);
        continue;
      }
      if (sleep_is_due(std::min(arrival, timers_.latest_wake_up()), now)) alarm_.sleep_until(0, never);
    }
  }

 private:
  struct Begun {
    WaitEnd end;
    Resumption token;
  };
  // Sets the alarm, unless a wait has begun meanwhile or somebody has called. Under the lock, as begin() sets
  // it: what it is set for is always the earliest that anybody knows of.
  bool sleep_is_due(std::int64_t until, std::int64_t now) {
    if (until <= now) return false;
    const std::scoped_lock guard(lock_);
    if (!begun_.empty() || called_) return false;
    wake_at_ = until;
    alarm_.set(until);
    return true;
  }

  static constexpr std::int64_t awake = -1;  // no wait is over before then

  W waiter_;
  TimerQueue<Resumption>& timers_;  // the keeper's
  AlarmOf<W> alarm_;
  std::atomic<bool> ended_{false};
  alignas(apart) std::mutex lock_;
  std::vector<Begun> begun_;  // and not seen by the keeper yet
  std::int64_t wake_at_ = awake;
  bool called_ = false;  // by wake()
};

// The same for waits that are real: the worker sends the request itself, the keeper fetches the answers.
class KeptRequests {
 public:
  KeptRequests(const SocketWaits& waiter, TimerQueue<Resumption>&);

  // Throws ConnectionLost.
  void begin(Wait wait, Resumption token) { waiter_.sockets().send_in_turn(waiter_.request(wait, token)); }
  void wake();
  void end();

  // Throws ConnectionLost.
  template <class NextArrival, class LetIn, class GoOn>
  void keep(const NextArrival& next_arrival, const LetIn& let_in, const GoOn& go_on) {
    std::vector<Answer> answers;
    while (!ended_.load()) {
      awake();
      waiter_.sockets().fetch(answers);
      for (const Answer& each : answers) go_on(Resumption{each.task, each.step});
      answers.clear();
      const std::int64_t arrival = next_arrival();
      const std::int64_t now = waiter_.clock().now();
      if (arrival <= now)
        let_in(now);
      else
        alarm_.sleep_until(0, arrival);
    }
  }

 private:
  // What somebody called for is looked at after this.
  void awake();

  SocketWaits waiter_;
  SteadyAlarm alarm_{1};
  std::atomic<bool> ended_{false};
  alignas(apart) std::mutex lock_;
  bool called_ = false;  // by wake(); then the alarm is set
};

template <Waiter W>
using Kept = std::conditional_t<std::same_as<W, SocketWaits>, KeptRequests, KeptWaits<W>>;

// Runs a task from that step on until it waits or is done. Whether it is done; else somebody may have gone on
// with it already.
template <Job J, Probe P, class Kept>
bool advance_kept(J& job, P probe, Kept& waits, Resumption at) {
  const Wait wait = advance(job, probe, at);
  if (wait > 0) waits.begin(wait, at);
  return wait < 0;
}

}  // namespace bookstore::backend
