// A pool of std::threads: each worker claims the next task from one atomic counter and waits with it.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "bench/backends/run.hpp"

namespace bookstore::backend {

// Threads that sleep until they are all given the same function to run. The owner is one thread; it may not
// be one of the pool.
class ThreadPool {
 public:
  // Throws LimitReached when the system gives fewer; those started are joined first.
  explicit ThreadPool(int workers);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(threads_.size()); }

  // Calls body(context) once on every worker at the same time and sleeps until all have returned. What the
  // caller wrote before is visible to them, what they wrote is visible to the caller after. `body` must not
  // throw.
  void run_on_all(void (*body)(void* context), void* context);

 private:
  void work();
  void stop();

  // Written by the owner before generation_ is released, read by workers that have acquired it.
  void (*body_)(void*) = nullptr;
  void* context_ = nullptr;
  bool stopping_ = false;
  alignas(64) std::atomic<std::uint32_t> generation_{0};
  alignas(64) std::atomic<int> running_{0};
  std::vector<std::thread> threads_;
};

class Threads {
 public:
  static constexpr BackendTraits traits{"threads", Waits::blocking, false, false};

  explicit Threads(int workers, Load load = Load::closed);
  int workers() const { return pool_.size(); }

  template <Job J, Probe P = NoProbe, class Clock = SteadyClock>
  void run(J& job, AllAtOnce, P probe = {}, Clock clock = {}) {
    run_claimed(job.size(), [&job, probe, clock](std::uint32_t task) mutable {
      run_task_blocking(job, probe, clock, task);
    });
  }

  // No thread is the door: whoever claims a task that has not arrived yet sleeps until it does.
  template <Job J, Probe P = NoProbe, class Clock = SteadyClock>
  void run(J& job, const Schedule& door, P probe = {}, Clock clock = {}) {
    run_claimed(job.size(), [&job, &door, probe, clock](std::uint32_t task) mutable {
      await_arrival(door, probe, clock, task);
      run_task_blocking(job, probe, clock, task);
    });
  }

 private:
  // Every worker has its own copy of `body` and calls it on one claimed task after the other.
  template <class Body>
  void run_claimed(std::uint32_t tasks, const Body& body) {
    struct Shared {
      const Body& body;
      std::uint32_t tasks;
      FirstFailure failure;
      // Alone on its cache line: every claim writes it. Relaxed: a claim hands over no data, and the pool's
      // start and end order everything else.
      alignas(64) std::atomic<std::uint32_t> next{0};
    };
    Shared shared{.body = body, .tasks = tasks, .failure = {}};
    pool_.run_on_all(
        [](void* context) {
          auto& all = *static_cast<Shared*>(context);
          Body own_body = all.body;
          while (!all.failure.failed()) {
            const std::uint32_t task = all.next.fetch_add(1, std::memory_order_relaxed);
            if (task >= all.tasks) return;
            try {
              own_body(task);
            } catch (...) {
              all.failure.keep_current();
            }
          }
        },
        &shared);
    shared.failure.rethrow();
  }

  ThreadPool pool_;
};

}  // namespace bookstore::backend
