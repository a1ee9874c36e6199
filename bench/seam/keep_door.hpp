// A thread that is nothing but the door of an open run, for runtimes whose workers cannot wait for arrivals
// themselves.
#pragma once

#include <cstdint>

#include "bench/seam/run.hpp"

namespace bookstore::backend {

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
