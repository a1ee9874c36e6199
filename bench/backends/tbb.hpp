// oneTBB: task_group in a task_arena. Tasks are spawned one by one in nested groups, so that several workers
// take part in spawning; a flat group's only producer is slower, and leaves workers idle while tasks wait.
#pragma once

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <algorithm>
#include <cstdint>

#include "bench/backends/run.hpp"

namespace bookstore::backend {

// The caller is one of the workers.
class Tbb {
 public:
  static constexpr BackendTraits traits{"tbb", Waits::blocking, false};

  explicit Tbb(int workers);
  int workers() const { return arena_.max_concurrency(); }

  template <Job J, Probe P = NoProbe, class Clock = SteadyClock>
  void run(J& job, AllAtOnce, P probe = {}, Clock clock = {}) {
    FirstFailure failure;
    const auto body = [&](std::uint32_t task) {
      if (failure.failed()) return;
      P own_probe = probe;
      try {
        run_task_blocking(job, own_probe, clock, task);
      } catch (...) {
        failure.keep_current();
      }
    };
    const std::uint32_t tasks = job.size();
    arena_.execute([&] {
      oneapi::tbb::task_group groups;
      for (std::uint32_t first = 0; first < tasks; first += group_size) {
        const std::uint32_t last = std::min(tasks - first, group_size) + first;
        groups.run([&body, first, last] {
          oneapi::tbb::task_group members;
          for (std::uint32_t task = first; task < last; ++task) members.run([&body, task] { body(task); });
          members.wait();
        });
      }
      groups.wait();
    });
    failure.rethrow();
  }

 private:
  static constexpr std::uint32_t group_size = 64;

  // Before the arena, and alive as long: without it TBB gives no more threads than there are CPUs.
  oneapi::tbb::global_control control_;
  oneapi::tbb::task_arena arena_;
};

}  // namespace bookstore::backend
