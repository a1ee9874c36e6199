// A pool of std::threads: each worker claims the next task from one atomic counter and waits with it. Under
// open load nothing is handed over: an idle worker sleeps until the arrival that it has claimed, as if each
// blocked in accept.
#pragma once

#include <cstdint>

#include "bench/backends/shared_claims.hpp"
#include "bench/backends/thread_pool.hpp"
#include "bench/seam/run.hpp"

namespace bookstore::backend {

class Threads {
 public:
  static constexpr BackendTraits traits{.name = "threads",
                                        .waits = Waits::blocking,
                                        .single_threaded = false,
                                        .submitter = false,
                                        .own_threads = true,
                                        .roles = true};

  explicit Threads(const Team& team, Load load = Load::closed);
  int workers() const { return pool_.size(); }
  int worker() const { return ThreadPool::worker(); }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, AllAtOnce, P probe = {}, W waiter = {}) {
    return run_lines(job, waiter, [&job, probe, waiter](std::uint32_t task) mutable {
      run_task_blocking(job, probe, waiter, task);
    });
  }

  // No thread is the door: whoever claims a task that has not arrived yet sleeps until it does.
  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, const Schedule& door, P probe = {}, W waiter = {}) {
    return run_lines(job, waiter, [&job, &door, probe, waiter](std::uint32_t task) mutable {
      await_arrival(door, probe, waiter.clock(), task);
      run_task_blocking(job, probe, waiter, task);
    });
  }

  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t cutoff = no_cutoff) {
    return count_claimed(pool_, tree, cutoff);
  }

 private:
  template <Job J, Waiter W, class Body>
  Elapsed run_lines(const J& job, const W& waiter, const Body& body) {
    Lines lines(job, roster_);
    const std::int64_t begin = waiter.clock().now();
    run_claimed(pool_, roster_, lines, body);
    return {begin, waiter.clock().now()};
  }

  Roster roster_;
  ThreadPool pool_;
};

}  // namespace bookstore::backend
