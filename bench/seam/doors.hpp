// How tasks come in: all at the start, or each at a time of its own whatever the backend does; and the
// threads that let them in.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <span>

#include "bench/seam/failures.hpp"
#include "bench/seam/probes.hpp"

namespace bookstore::backend {

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
  // Whoever runs the schedule sets it when nobody needs to see the rest: all who have not arrived by then
  // arrive at once. Whoever sleeps until an arrival may sleep that long. Null: nobody will.
  const std::atomic<bool>* hurried = nullptr;

  std::int64_t arrival(std::uint32_t task) const {
    // Relaxed: nothing is read on the strength of it.
    return hurried != nullptr && hurried->load(std::memory_order_relaxed) ? start : start + at[task];
  }
};

// Which of the two doors a backend is built for: with some runtimes the submitter of an open run needs a
// place of its own, beside the workers.
enum class Load { closed, open };

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

// A thread that is nothing but the door, for runtimes whose workers cannot wait for arrivals themselves.
// Sleeps until each task arrives and hands it to submit(task). submit answers whether the door was held:
// whether it had to wait because all workers have more than they can do. What arrived meanwhile has queued
// since its arrival; otherwise the door's own lateness is part of the task's release. Returns how many tasks
// were submitted: all, unless `failure` has one.
template <Probe P, class Clock, class Submit>
std::uint32_t keep_door(const Schedule& door, std::uint32_t tasks, P& probe, const Clock& clock,
                        const FirstFailure& failure, Submit submit) {
  std::int64_t held_until = 0;
  for (std::uint32_t task = 0; task < tasks; ++task) {
    if (failure.failed()) return task;
    const std::int64_t arrival = door.arrival(task);
    std::int64_t now = clock.now();
    if (now < arrival) {
      clock.sleep_until(arrival);
      now = clock.now();
    }
    probe.released(task, arrival <= held_until ? arrival : now);
    if (submit(task)) held_until = clock.now();
  }
  return tasks;
}

}  // namespace bookstore::backend
