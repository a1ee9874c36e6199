// oneTBB: task_group in a task_arena. Tasks are spawned one by one in nested groups, so that several workers
// take part in spawning; a flat group's only producer is slower, and leaves workers idle while tasks wait.
// Where they are dealt out beforehand, it is a parallel_for with a static_partitioner.
//
// Far more workers than CPUs, so that waits overlap: the arena gives as many as it is asked for (the roll
// call before each run sees all of them), but a run may end before all had a task. Workers come to the arena
// one after the other, each woken by others that came (RML wakes two at a time), and whoever is there tries
// places of the arena at random, few of which hold anything. On a core that is busy with tasks both take
// long: an observer saw the last of 256 enter after 250 to 360 ms, and with all 256 in there from the run
// before, 75 to 175 found a task within half a second on one core, 131 to 256 on two; with waits ten times as
// long 236 to 248. A flat group reaches all 256 at a tenth of the rate, recursive halves 155 to 256 at two
// thirds of it, smaller groups no more on one core. So such rows say on how many they ran (fewer_workers).
#pragma once

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>
#include <oneapi/tbb/task_scheduler_observer.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <latch>
#include <memory>
#include <string>

#include "bench/seam/run.hpp"

namespace bookstore::backend {

// Closed: the caller is one of the workers. Open: it is the door, in a place of the arena that is its own.
class Tbb {
 public:
  static constexpr BackendTraits traits{.name = "tbb",
                                        .waits = Waits::blocking,
                                        .single_threaded = false,
                                        .submitter = true,
                                        .static_split = true};

  // Throws LimitReached, too, for more than the runtime's first use in this process has fixed: see
  // expect_workers.
  explicit Tbb(const Team& team, Load load = Load::closed);
  ~Tbb();
  Tbb(const Tbb&) = delete;
  Tbb& operator=(const Tbb&) = delete;
  static std::string runtime();
  int workers() const { return workers_; }
  // The arena's first place is the caller's: one of the workers of a closed run, the door of an open one.
  int worker() const { return oneapi::tbb::this_task_arena::current_thread_index() - first_worker_; }

  // TBB fixes at its first use in a process how many threads it will ever give, by the controls that live
  // then. To be called before that, by a process that makes several pools, with the largest that is to come
  // (at most thread_limit() are provided for); later calls change nothing.
  static void expect_workers(int workers);

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, AllAtOnce, P probe = {}, W waiter = {}) {
    FirstFailure failure;
    const auto body = [&](std::uint32_t task) { run_task_guarded(job, probe, waiter, task, failure); };
    const std::uint32_t tasks = job.size();
    const std::int64_t begin = waiter.clock().now();
    if (static_split_) {
      run_blocks([&](int block) {
        const Block own = block_of(tasks, block, workers_);
        for (std::uint32_t task = own.begin; task < own.end; ++task) body(task);
      });
      const std::int64_t end = waiter.clock().now();
      failure.rethrow();
      return {begin, end};
    }
    arena_.execute([&] {
      oneapi::tbb::task_group groups;
      for (std::uint32_t first = 0; first < tasks; first += group_size) {
        const std::uint32_t last = std::min(tasks - first, group_size) + first;
        groups.run([&body, first, last] {
          oneapi::tbb::task_group members;
          for (std::uint32_t task = first; task < last; ++task) members.run([&body, task] { body(task); });
          members.wait();
        });
      }
      groups.wait();
    });
    const std::int64_t end = waiter.clock().now();
    failure.rethrow();
    return {begin, end};
  }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, const Schedule& door, P probe = {}, W waiter = {}) {
    FirstFailure failure;
    const std::uint32_t tasks = job.size();
    std::latch unfinished(tasks);
    const std::int64_t begin = waiter.clock().now();
    arena_.execute([&] {
      oneapi::tbb::task_group group;
      const std::uint32_t submitted =
          keep_door(door, tasks, probe, waiter.clock(), failure, [&](std::uint32_t task) {
            group.run([&, task] {
              run_task_guarded(job, probe, waiter, task, failure);
              unfinished.count_down();
            });
            return false;
          });
      unfinished.count_down(tasks - submitted);
      // In group.wait() the door would run tasks itself: nothing may be left when it gets there.
      unfinished.wait();
      group.wait();
    });
    const std::int64_t end = waiter.clock().now();
    failure.rethrow();
    return {begin, end};
  }

  // A group for each inner node; a node's last child is counted by whoever counts the node.
  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t cutoff = no_cutoff) {
    Count<T> count{.tree = tree, .failure = {}};
    const std::uint64_t sum = arena_.execute([&] { return count.guarded(tree.root(), cutoff); });
    count.failure.rethrow();
    return sum;
  }

 private:
  friend class TbbOverlapped;  // the same pool, whose tasks do not wait in it

  // What all nodes share, behind one pointer: a task that carries more is dearer to make.
  template <Tree T>
  struct Count {
    const T& tree;
    FirstFailure failure;

    // Throws what a leaf throws when it forks nothing itself. Whoever calls it catches that: a leaf that did
    // could not end in the call of its work. Not inlined: every task would hold the frame of an inner node.
    [[gnu::noinline]] std::uint64_t node(typename T::Node node, std::uint32_t levels) {
      if (tree.is_leaf(node)) return tree.leaf(node);
      if (failure.failed()) return 0;
      if (levels == 0) return count_plainly(tree, node);
      std::atomic<std::uint64_t> forked{0};
      oneapi::tbb::task_group children;
      const auto last = tree.split(node, [&](typename T::Node child) {
        children.run([this, &forked, child, levels] {
          forked.fetch_add(guarded(child, levels - 1), std::memory_order_relaxed);
        });
      });
      // A group that is left without a wait ends the process.
      const std::uint64_t own = guarded(last, levels - 1);
      children.wait();
      return own + forked.load(std::memory_order_relaxed);
    }

    std::uint64_t guarded(typename T::Node node, std::uint32_t levels) noexcept {
      try {
        return this->node(node, levels);
      } catch (...) {
        failure.keep_current();
        return 0;
      }
    }
  };

  // A block for each worker; TBB hands them out as it does the parts of any range that it may not divide
  // further. A block that nobody has begun may still be run by whoever is done with his own.
  template <class RunBlock>
  void run_blocks(const RunBlock& run_block) {
    run_blocks([](const void* own, int block) { (*static_cast<const RunBlock*>(own))(block); }, &run_block);
  }
  // Compiled once: what TBB makes of a parallel_for is large.
  void run_blocks(void (*run_block)(const void* context, int block), const void* context);

  static constexpr std::uint32_t group_size = 64;

  class Pins;

  int workers_;
  int first_worker_;  // its place in the arena
  bool static_split_;
  // Before the arena, and alive as long: without it TBB gives no more threads than there are CPUs.
  oneapi::tbb::global_control control_;
  oneapi::tbb::task_arena arena_;
  std::unique_ptr<Pins> pins_;
};

}  // namespace bookstore::backend
