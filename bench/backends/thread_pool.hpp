// Threads that sleep until they are all given the same function to run.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "bench/seam/lines.hpp"
#include "bench/seam/traits.hpp"

namespace bookstore::backend {

// The owner is one thread; it may not be one of the pool.
class ThreadPool {
 public:
  // Each thread on a CPU of its own if the backend or the team wants that. Throws LimitReached, naming the
  // backend, when the system gives fewer threads; those started are joined first. Throws
  // std::invalid_argument below one worker, and as wants_pins does.
  ThreadPool(const BackendTraits& traits, const Team& team);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(threads_.size()); }
  // On a thread of a pool: which one it is, from 0.
  static int worker() { return worker_; }

  // Calls body(context, worker) once on every worker at the same time. What the caller wrote before is
  // visible to them. `body` must not throw. To be followed by wait().
  void start(void (*body)(void* context, int worker), void* context);
  template <class Body>
  void start(Body& body) {
    start([](void* context, int worker) { (*static_cast<Body*>(context))(worker); }, &body);
  }
  // Sleeps until all have returned. What they wrote is visible to the caller after.
  void wait();
  template <class Body>
  void run_on_all(Body& body) {
    start(body);
    wait();
  }

 private:
  void work(int worker, const std::optional<std::vector<int>>& cpus);
  void stop();

  inline static thread_local int worker_ = 0;

  // Written by the owner before generation_ is released, read by workers that have acquired it.
  void (*body_)(void*, int) = nullptr;
  void* context_ = nullptr;
  bool stopping_ = false;
  alignas(apart) std::atomic<std::uint32_t> generation_{0};
  alignas(apart) std::atomic<int> running_{0};
  std::vector<std::thread> threads_;
};

}  // namespace bookstore::backend
