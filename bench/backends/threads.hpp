// A pool of std::threads: each worker claims the next task from one atomic counter and waits with it. Under
// open load nothing is handed over, as arrivals are known beforehand: an idle worker sleeps until the arrival
// that it has claimed, as if each blocked in accept. With Team::door a thread that is no worker sleeps until
// each arrival and puts it in a queue, from which the workers take it: what a hand-over costs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "bench/backends/shared_claims.hpp"
#include "bench/backends/task_queue.hpp"
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
                                        .roles = true,
                                        .door = true,
                                        .static_split = true};

  explicit Threads(const Team& team, Load load = Load::closed);
  int workers() const { return pool_.size(); }
  int worker() const { return ThreadPool::worker(); }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, AllAtOnce, P probe = {}, W waiter = {}) {
    return run_lines(job, waiter, [&job, probe, waiter](std::uint32_t task) mutable {
      run_task_blocking(job, probe, waiter, task);
    });
  }

  // Without a door whoever claims a task that has not arrived yet sleeps until it does.
  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, const Schedule& door, P probe = {}, W waiter = {}) {
    if (door_) return run_behind(door, job, probe, waiter);
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

  // The caller is the door.
  template <Job J, Probe P, Waiter W>
  Elapsed run_behind(const Schedule& door, J& job, P& probe, const W& waiter) {
    const std::uint32_t tasks = job.size();
    const std::vector<std::size_t> lines = lines_of(job);
    std::deque<TaskQueue> queues(roster_.lines());
    FirstFailure failure;
    auto serve = [&](int worker) {
      TaskQueue& queue = queues[roster_.line_of(worker)];
      while (const auto task = queue.take()) run_task_guarded(job, probe, waiter, *task, failure);
    };
    const std::int64_t begin = waiter.clock().now();
    pool_.start(serve);
    try {
      keep_door(door, tasks, probe, waiter.clock(), failure, [&](std::uint32_t task) {
        queues[lines.empty() ? roster_.line_for(0) : lines[task]].put(task);
        return false;
      });
    } catch (...) {
      failure.keep_current();
    }
    for (TaskQueue& queue : queues) queue.close();
    pool_.wait();
    const std::int64_t end = waiter.clock().now();
    failure.rethrow();
    return {begin, end};
  }

  // By task; none: all stand in the line of role 0. Throws std::invalid_argument for a task that nobody is
  // trained for.
  template <Job J>
  std::vector<std::size_t> lines_of(const J& job) const {
    std::vector<std::size_t> lines;
    if constexpr (RoledJob<J>)
      if (roster_.lines() > 1)
        for (std::uint32_t task = 0; task < job.size(); ++task)
          lines.push_back(roster_.line_for(job.role(task)));
    if (lines.empty()) roster_.line_for(0);
    return lines;
  }

  Roster roster_;
  bool door_;
  ThreadPool pool_;
};

}  // namespace bookstore::backend
