// A pool of std::threads: each worker claims the next task from one atomic counter and waits with it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "bench/seam/run.hpp"

namespace bookstore::backend {

// Threads that sleep until they are all given the same function to run. The owner is one thread; it may not
// be one of the pool.
class ThreadPool {
 public:
  // What several threads write lies so far apart: some processors fetch cache lines of 64 bytes in pairs.
  static constexpr std::size_t apart = 128;

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
  alignas(apart) std::atomic<std::uint32_t> generation_{0};
  alignas(apart) std::atomic<int> running_{0};
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

  // A fork handed from thread to thread would cost more than most subtrees: the tree is opened level by level
  // until there are enough subtrees to share out, and these are claimed one by one and counted by plain
  // recursion.
  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t cutoff = no_cutoff) {
    const auto subtrees = open_tree(tree, cutoff);
    std::atomic<std::uint64_t> sum{0};
    run_claimed(static_cast<std::uint32_t>(subtrees.size()), [&](std::uint32_t subtree) {
      sum.fetch_add(count_plainly(tree, subtrees[subtree]), std::memory_order_relaxed);
    });
    return sum.load(std::memory_order_relaxed);
  }

 private:
  // Enough for workers of unequal speed to end at about the same time, on trees that are not too lopsided.
  static constexpr std::size_t subtrees_per_worker = 64;

  // The nodes at depth `cutoff` and the leaves above; without a cut-off, of the first depth that has enough.
  template <Tree T>
  std::vector<typename T::Node> open_tree(const T& tree, std::uint32_t cutoff) const {
    const std::size_t enough =
        cutoff == no_cutoff ? subtrees_per_worker * static_cast<std::size_t>(workers()) : SIZE_MAX;
    std::vector<typename T::Node> nodes{tree.root()};
    bool opened = true;
    for (std::uint32_t depth = 0; opened && depth < cutoff && nodes.size() < enough; ++depth) {
      opened = false;
      std::vector<typename T::Node> below;
      for (const auto& node : nodes) {
        if (tree.is_leaf(node)) {
          below.push_back(node);
        } else {
          below.push_back(tree.split(node, [&](typename T::Node child) { below.push_back(child); }));
          opened = true;
        }
      }
      nodes = std::move(below);
    }
    return nodes;
  }

  // Every worker has its own copy of `body` and calls it on one claimed task after the other.
  template <class Body>
  void run_claimed(std::uint32_t tasks, const Body& body) {
    struct Shared {
      const Body& body;
      std::uint32_t tasks;
      FirstFailure failure;
      // Alone on its pair of cache lines: every claim writes it. Relaxed: a claim hands over no data, and the
      // pool's start and end order everything else.
      alignas(ThreadPool::apart) std::atomic<std::uint32_t> next{0};
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
