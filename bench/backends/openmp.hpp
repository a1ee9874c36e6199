// OpenMP: explicit tasks in a team. A range of tasks is halved recursively, each right half a task of its
// own, down to single tasks, so that every member takes part in making tasks.
#pragma once

#include <omp.h>

#include <cstdint>

#include "bench/backends/run.hpp"

namespace bookstore::backend {

namespace detail {

// `body` outlives the parallel region; a task copies the pointer, never the closure.
template <class Body>
void halve(const Body* body, std::uint32_t begin, std::uint32_t end) {
  while (end - begin > 1) {
    const std::uint32_t middle = begin + (end - begin) / 2;
#pragma omp task default(none) firstprivate(body, middle, end)
    halve(body, middle, end);
    end = middle;
  }
  (*body)(begin);
}

}  // namespace detail

// The caller is one of the workers.
class OpenMp {
 public:
  static constexpr BackendTraits traits{"openmp", Waits::blocking, false};

  explicit OpenMp(int workers);
  int workers() const { return workers_; }

  template <Job J, Probe P = NoProbe, class Clock = SteadyClock>
  void run(J& job, AllAtOnce, P probe = {}, Clock clock = {}) {
    const std::uint32_t tasks = job.size();
    if (tasks == 0) return;
    FirstFailure failure;
    // An exception that leaves an OpenMP task ends the process: caught inside.
    const auto body = [&](std::uint32_t task) {
      if (failure.failed()) return;
      P own_probe = probe;
      try {
        run_task_blocking(job, own_probe, clock, task);
      } catch (...) {
        failure.keep_current();
      }
    };
    const auto* const body_address = &body;
    const int team = workers_;
#pragma omp parallel num_threads(team) default(none) firstprivate(body_address, tasks)
#pragma omp single nowait
    detail::halve(body_address, 0, tasks);
    failure.rethrow();
  }

 private:
  int workers_;
};

}  // namespace bookstore::backend
