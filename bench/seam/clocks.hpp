// The time that a run goes by, and alarms that several threads sleep for.
#pragma once

#include <time.h>

#include <atomic>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

namespace bookstore::backend {

// No deadline. Whoever sleeps until then sleeps for ever.
inline constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

// An alarm on CLOCK_MONOTONIC that wakes one of the threads that sleep at it, any of them: an arrival needs
// one worker. It belongs to no thread: a thread that turns to other work leaves it behind for those that
// still sleep. The kernel chooses the thread that it wakes (a timerfd that all of them wait for with
// EPOLLEXCLUSIVE), so that it is never handed from thread to thread.
class SteadyAlarm {
 public:
  // Places for so many sleepers. Throws std::system_error when the system gives no more descriptors: three
  // for each and two.
  explicit SteadyAlarm(int sleepers);
  ~SteadyAlarm();
  SteadyAlarm(const SteadyAlarm&) = delete;
  SteadyAlarm& operator=(const SteadyAlarm&) = delete;

  // How long it pays to wait, in nanoseconds, before another thread is woken for work that one which is awake
  // may come to meanwhile: four times what this machine takes to wake a thread, measured once in a process,
  // at the first call, for 2 ms. The one that watches comes late by one such wake-up, and the other would by
  // a second; with less between them the other mostly finds the work done.
  static std::int64_t grace();
  static constexpr std::int64_t wake_ups_of_grace = 4;
  // Goes off then, once for each call, or at once if the time has passed; it goes off for whoever sleeps or
  // falls asleep later, until it is set again. never: stays silent. Any thread.
  void set(std::int64_t at);
  // From now on nobody sleeps at it any more. Any thread.
  void end();
  // This sleeper also wakes when that descriptor, which outlives the alarm, can be read.
  void watch(int sleeper, int descriptor);
  // Sleeps until the alarm wakes this sleeper, until the deadline, or until end(). Sleepers are 0 ..; each is
  // one thread at a time. Spurious wake-ups happen.
  void sleep_until(int sleeper, std::int64_t deadline);

 private:
  struct Place {
    int poll = -1;
    int timer = -1;
    std::int64_t armed = never;
  };
  void close_all() noexcept;

  int alarm_ = -1;
  int ended_ = -1;
  std::vector<Place> places_;
};

// Nanoseconds on CLOCK_MONOTONIC, which is std::chrono::steady_clock's. Sleeps are absolute: a relative one
// would add the time between reading the clock and falling asleep.
struct SteadyClock {
  using Alarm = SteadyAlarm;

  std::int64_t now() const {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
  }
  // Throws std::system_error when the system refuses to sleep; a deadline that has passed is none.
  void sleep_until(std::int64_t deadline) const;
};

// The alarm of a clock that has none of its own: everybody who sleeps at it wakes. For time that passes by
// sleeping, where nobody is woken in vain.
template <class Clock>
class EverybodysAlarm {
 public:
  EverybodysAlarm(int /*sleepers*/, const Clock& clock) : clock_(clock) {}
  std::int64_t grace() const { return 0; }
  void set(std::int64_t at) { at_.store(at); }
  void end() { ended_.store(true); }
  void sleep_until(int, std::int64_t deadline) {
    const std::int64_t at = at_.load();
    const std::int64_t until = at < deadline ? at : deadline;
    if (ended_.load()) return;
    if (until == never)
      std::this_thread::yield();  // whoever ends it is about to
    else
      clock_.sleep_until(until);
  }

 private:
  Clock clock_;
  std::atomic<std::int64_t> at_{never};
  std::atomic<bool> ended_{false};
};

}  // namespace bookstore::backend
