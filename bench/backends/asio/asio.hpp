// Asio: one io_context that n threads run, with a timer for each task that waits. With Team::per_thread each
// worker runs a context of its own, and what waits stays with it. Where waits are over sockets, each worker
// writes its requests to a connection of its own, which the context that it runs reads. The caller sleeps, or
// is the door of an open run, which posts each task; per_thread, to one context after the other.
#pragma once

#include <cstdint>
#include <memory>

#include "bench/backends/any_runs.hpp"
#include "bench/backends/shared_claims.hpp"
#include "bench/backends/thread_pool.hpp"
#include "bench/seam/run.hpp"
#include "bench/seam/timers/timer_queue.hpp"

namespace bookstore::backend {

class Asio : public AnyRuns<Asio> {
 public:
  static constexpr BackendTraits traits{.name = "asio",
                                        .waits = Waits::overlapped,
                                        .single_threaded = false,
                                        .submitter = true,
                                        .own_threads = true,
                                        .per_thread = true};

  explicit Asio(const Team& team, Load load = Load::closed);
  ~Asio();
  Asio(const Asio&) = delete;
  Asio& operator=(const Asio&) = delete;
  static std::string runtime();
  int workers() const { return pool_.size(); }
  int worker() const { return ThreadPool::worker(); }

  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t cutoff = no_cutoff) {
    return count_claimed(pool_, tree, cutoff);
  }

 private:
  friend AnyRuns<Asio>;
  class Contexts;
  class Running;

  Elapsed run_all(const AnyRun& run, const Schedule* door, std::uint32_t in_flight);

  std::unique_ptr<Contexts> contexts_;
  ThreadPool pool_;
  TimerQueue<Resumption> timers_;  // of a clock that Asio's timers do not go by
};

}  // namespace bookstore::backend
