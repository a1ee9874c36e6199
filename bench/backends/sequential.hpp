// One worker, the caller, doing one task after the other and waiting with each: the baseline and the oracle.
#pragma once

#include "bench/seam/run.hpp"

namespace bookstore::backend {

class Sequential {
 public:
  static constexpr BackendTraits traits{
      .name = "sequential", .waits = Waits::blocking, .single_threaded = true, .submitter = false};

  explicit Sequential(const Team& team, Load load = Load::closed);
  int workers() const { return 1; }
  int worker() const { return 0; }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, AllAtOnce, P probe = {}, W waiter = {}) {
    const std::uint32_t tasks = job.size();
    const std::int64_t begin = waiter.clock().now();
    for (std::uint32_t task = 0; task < tasks; ++task) run_task_blocking(job, probe, waiter, task);
    return {begin, waiter.clock().now()};
  }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, const Schedule& door, P probe = {}, W waiter = {}) {
    const std::uint32_t tasks = job.size();
    const std::int64_t begin = waiter.clock().now();
    for (std::uint32_t task = 0; task < tasks; ++task) {
      await_arrival(door, probe, waiter.clock(), task);
      run_task_blocking(job, probe, waiter, task);
    }
    return {begin, waiter.clock().now()};
  }

  // One worker has nobody to fork for.
  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t = no_cutoff) {
    return count_plainly(tree, tree.root());
  }
};

}  // namespace bookstore::backend
