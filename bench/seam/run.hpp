// What every backend shares: the words of a run (waits, door, probe, clock), the loop that runs one task with
// blocking waits, and the keeper of a failure. Names no runtime and no workload.
//
// A backend is a class that owns its workers, built and warmed outside of what is timed, with
//
// - static constexpr BackendTraits traits
// - explicit Backend(int workers, Load load = Load::closed), which throws LimitReached when there are fewer
// - int workers() const
// - template <Job J, Probe P = NoProbe, class Clock = SteadyClock>
//   void run(J& job, AllAtOnce door, P probe = {}, Clock clock = {}), when built for Load::closed
// - the same with const Schedule& door, when built for Load::open
// - template <Tree T> std::uint64_t count(const T& tree, std::uint32_t cutoff = no_cutoff), when built for
//   Load::closed: the sum over the tree's leaves by fork and join, forking no deeper than `cutoff`. It
//   rethrows the first exception that a leaf threw, after the forks that were running.
//
// run() returns when every task is finished, and then rethrows the first exception that a step threw. After
// such a failure no further task is started. One run at a time. Probe and Clock are small handles, taken by
// value.
#pragma once

#include <time.h>

#include <atomic>
#include <concepts>
#include <cstdint>
#include <exception>
#include <limits>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string_view>

#include "workloads/job.hpp"
#include "workloads/tree.hpp"

namespace bookstore::backend {

// What a backend does with a task's wait: the worker waits with it, or goes on with other tasks.
enum class Waits { blocking, overlapped };

struct BackendTraits {
  std::string_view name;
  Waits waits;
  bool single_threaded;  // exactly one worker, and no two steps at the same time
  bool submitter;        // an open run has a thread that is the door and no worker: the caller
};

// The door of a closed run: all tasks are there at the start.
struct AllAtOnce {
  static constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();
  // The most tasks that may be begun and unfinished at a time. Only overlapped backends take a limit: a
  // blocking one has as many tasks in flight as workers.
  std::uint32_t in_flight = unlimited;
};

// The door of an open run: task i arrives at start + at[i], in nanoseconds of the run's clock, whatever the
// backend does. `at` ascends and outlives the run.
struct Schedule {
  std::span<const std::int64_t> at;
  std::int64_t start = 0;

  std::int64_t arrival(std::uint32_t task) const { return start + at[task]; }
};

// Which of the two doors a backend is built for: with some runtimes the submitter of an open run needs a
// place of its own, beside the workers.
enum class Load { closed, open };

// Sees every step: before(task, step), then after(task, step, wait), on the thread that runs it. A probe
// finds out itself which thread that is. Must not throw.
template <class P>
concept Probe = std::copyable<P> && requires(P& probe, std::uint32_t task, std::uint32_t step, Wait wait) {
  probe.before(task, step);
  probe.after(task, step, wait);
  probe.released(task, wait);
};

// Vanishes when compiled.
struct NoProbe {
  void before(std::uint32_t, std::uint32_t) const {}
  void after(std::uint32_t, std::uint32_t, Wait) const {}
  void released(std::uint32_t, std::int64_t) const {}
};

// Nanoseconds on CLOCK_MONOTONIC, which is std::chrono::steady_clock's. Sleeps are absolute: a relative one
// would add the time between reading the clock and falling asleep.
struct SteadyClock {
  std::int64_t now() const {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
  }
  void sleep_until(std::int64_t deadline) const {
    const timespec time{static_cast<time_t>(deadline / 1'000'000'000),
                        static_cast<long>(deadline % 1'000'000'000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) != 0) {
    }
  }
};

// The machine refuses as many workers as were asked for. The message says how many there were.
class LimitReached : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <Job J, Probe P>
Wait run_step(J& job, P& probe, std::uint32_t task, std::uint32_t step) {
  probe.before(task, step);
  const Wait wait = job.step(task, step);
  probe.after(task, step, wait);
  return wait;
}

// Runs a whole task; its waits block the calling thread.
template <Job J, Probe P, class Clock>
void run_task_blocking(J& job, P& probe, const Clock& clock, std::uint32_t task) {
  for (std::uint32_t step = 0;; ++step) {
    const Wait wait = run_step(job, probe, task, step);
    if (wait < 0) return;
    if (wait > 0) clock.sleep_until(clock.now() + wait);
  }
}

// An idle worker is its own door: sleeps until the task arrives, unless it is late already. A task that
// arrived while no worker was idle was let in at that moment, and has queued since; else it was let in when
// the worker woke.
template <Probe P, class Clock>
void await_arrival(const Schedule& door, P& probe, const Clock& clock, std::uint32_t task) {
  const std::int64_t arrival = door.arrival(task);
  std::int64_t released = arrival;
  if (clock.now() < arrival) {
    clock.sleep_until(arrival);
    released = clock.now();
  }
  probe.released(task, released);
}

// Keeps the first exception of a run; any thread may call any member.
class FirstFailure {
 public:
  // To be called in a catch block.
  void keep_current() noexcept {
    const std::scoped_lock guard(lock_);
    if (!first_) first_ = std::current_exception();
    failed_.store(true, std::memory_order_relaxed);
  }
  // A hint to start nothing new; relaxed, since nothing is read on the strength of it.
  bool failed() const noexcept { return failed_.load(std::memory_order_relaxed); }
  // To be called when all workers have drained.
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::mutex lock_;
  std::exception_ptr first_;
  std::atomic<bool> failed_{false};
};

// run_task_blocking for a thread that must not throw: a failure is kept, and after one nothing is begun.
template <Job J, Probe P, class Clock>
void run_task_guarded(J& job, P probe, const Clock& clock, std::uint32_t task,
                      FirstFailure& failure) noexcept {
  if (failure.failed()) return;
  try {
    run_task_blocking(job, probe, clock, task);
  } catch (...) {
    failure.keep_current();
  }
}

}  // namespace bookstore::backend
