// How one task is run, step by step.
#pragma once

#include <cstdint>

#include "bench/seam/failures.hpp"
#include "bench/seam/probes.hpp"
#include "bench/seam/waiters.hpp"
#include "workloads/job.hpp"

namespace bookstore::backend {

template <Job J, Probe P>
Wait run_step(J& job, P& probe, std::uint32_t task, std::uint32_t step) {
  probe.before(task, step);
  const Wait wait = job.step(task, step);
  probe.after(task, step, wait);
  return wait;
}

// Runs a task from that step on until it waits, and answers for how long, or is done; the next step is then
// at.step.
template <Job J, Probe P>
Wait advance(J& job, P& probe, Resumption& at) {
  for (;;) {
    const Wait wait = run_step(job, probe, at.task, at.step++);
    if (wait != 0) return wait;
  }
}

// Runs a whole task; its waits block the calling thread.
template <Job J, Probe P, Waiter W>
void run_task_blocking(J& job, P& probe, const W& waiter, std::uint32_t task) {
  for (std::uint32_t step = 0;; ++step) {
    const Wait wait = run_step(job, probe, task, step);
    if (wait < 0) return;
    if (wait > 0) waiter.wait(wait, task);
  }
}

// run_task_blocking for a thread that must not throw: a failure is kept, and after one nothing is begun.
template <Job J, Probe P, Waiter W>
void run_task_guarded(J& job, P probe, const W& waiter, std::uint32_t task, FirstFailure& failure) noexcept {
  if (failure.failed()) return;
  try {
    run_task_blocking(job, probe, waiter, task);
  } catch (...) {
    failure.keep_current();
  }
}

}  // namespace bookstore::backend
