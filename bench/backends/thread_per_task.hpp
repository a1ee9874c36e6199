// A thread for each task, which waits with it and ends with it: what one writes first. At most n of them live
// at a time, as a server bounds its connections; n may be whatever the machine has, and it says where that
// ends. The caller starts them, and is the door of an open run.
//
// Workers are places: threads that follow one another in a place count as one worker.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <thread>
#include <vector>

#include "bench/backends/shared_claims.hpp"
#include "bench/backends/task_queue.hpp"
#include "bench/seam/any_run.hpp"
#include "bench/seam/lines.hpp"
#include "bench/seam/run.hpp"
#include "bench/seam/seat.hpp"

namespace bookstore::backend {

class ThreadPerTask {
 public:
  static constexpr BackendTraits traits{.name = "thread_per_task",
                                        .waits = Waits::blocking,
                                        .single_threaded = false,
                                        .submitter = true,
                                        .own_threads = true,
                                        .new_threads = true};

  explicit ThreadPerTask(const Team& team, Load load = Load::closed);
  ThreadPerTask(const ThreadPerTask&) = delete;
  ThreadPerTask& operator=(const ThreadPerTask&) = delete;
  int workers() const { return static_cast<int>(places_.size()); }
  int worker() const { return place_; }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, AllAtOnce, P probe = {}, W waiter = {}) {
    return run_all(AnyRun(job, probe, waiter), nullptr);
  }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, const Schedule& door, P probe = {}, W waiter = {}) {
    return run_all(AnyRun(job, probe, waiter), &door);
  }

  // A thread for each of a few subtrees a worker: one for each fork would cost a thousand times what it does.
  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t cutoff = no_cutoff) {
    return count_as_tasks(*this, tree, cutoff, 4);
  }

 private:
  // On cache lines of its own: its thread writes the seat.
  struct alignas(apart) Place {
    std::thread thread;
    Seat seat;
  };

  Elapsed run_all(const AnyRun& run, const Schedule* door);
  // When there is a place. Throws LimitReached when the system refuses the thread.
  void start(const AnyRun& run, std::uint32_t task, FirstFailure& failure);

  inline static thread_local int place_ = 0;

  std::deque<Place> places_;
  TaskQueue free_;
  std::optional<std::vector<int>> cpus_;  // of pinned workers
};

}  // namespace bookstore::backend
