// One worker, the caller, doing one task after the other and waiting with each: the baseline and the oracle.
#pragma once

#include "bench/seam/run.hpp"

namespace bookstore::backend {

class Sequential {
 public:
  static constexpr BackendTraits traits{"sequential", Waits::blocking, true, false};

  explicit Sequential(int workers, Load load = Load::closed);
  int workers() const { return 1; }

  template <Job J, Probe P = NoProbe, class Clock = SteadyClock>
  void run(J& job, AllAtOnce, P probe = {}, Clock clock = {}) {
    const std::uint32_t tasks = job.size();
    for (std::uint32_t task = 0; task < tasks; ++task) run_task_blocking(job, probe, clock, task);
  }

  template <Job J, Probe P = NoProbe, class Clock = SteadyClock>
  void run(J& job, const Schedule& door, P probe = {}, Clock clock = {}) {
    const std::uint32_t tasks = job.size();
    for (std::uint32_t task = 0; task < tasks; ++task) {
      await_arrival(door, probe, clock, task);
      run_task_blocking(job, probe, clock, task);
    }
  }

  // One worker has nobody to fork for.
  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t = no_cutoff) {
    return count_plainly(tree, tree.root());
  }
};

}  // namespace bookstore::backend
