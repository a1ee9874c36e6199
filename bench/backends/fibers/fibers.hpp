// Boost.Fiber: a fiber for each task, whose code waits as a thread's would, on a scheduler for each thread. A
// fiber stays with the thread that made it. Those who make them claim tasks one by one from what all share;
// in an open run they take them from a queue that the caller, the door, fills. A limit of tasks in flight is
// shared out among the threads. Where waits are over sockets, each thread's scheduler sends the requests of
// its fibers and reads the answers on a connection of its own, which it sleeps at.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "bench/backends/any_runs.hpp"
#include "bench/backends/shared_claims.hpp"
#include "bench/backends/thread_pool.hpp"
#include "bench/seam/run.hpp"
#include "bench/seam/timers/timer_queue.hpp"

namespace bookstore::backend {

class Fibers : public AnyRuns<Fibers> {
 public:
  static constexpr BackendTraits traits{.name = "fibers",
                                        .waits = Waits::overlapped,
                                        .single_threaded = false,
                                        .submitter = true,
                                        .own_threads = true};

  explicit Fibers(const Team& team, Load load = Load::closed);
  ~Fibers();
  Fibers(const Fibers&) = delete;
  Fibers& operator=(const Fibers&) = delete;
  static std::string runtime();
  int workers() const { return pool_.size(); }
  int worker() const { return ThreadPool::worker(); }

  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t cutoff = no_cutoff) {
    return count_claimed(pool_, tree, cutoff);
  }

 private:
  friend AnyRuns<Fibers>;
  struct Threads;
  class Running;

  Elapsed run_all(const AnyRun& run, const Schedule* door, std::uint32_t in_flight);

  std::unique_ptr<Threads> threads_;  // outlives the pool, whose threads' schedulers stand on it
  ThreadPool pool_;
  TimerQueue<Resumption> timers_;  // of a clock that fibers do not sleep by
};

}  // namespace bookstore::backend
