// OpenMP: explicit tasks in a team. A range of tasks is halved recursively, each right half a task of its
// own, down to single tasks, so that every member takes part in making tasks. Where tasks are dealt out
// beforehand it is a loop with schedule(static).
//
// What is known of the two runtimes, libgomp and libomp, and what is done about it here:
//
// - Both make whoever creates a task run it once too many wait. The door must not: DoorBound.
// - At the end of a region its first member joins the work. The door gets there when nothing is left.
// - A task that outlives the function that made it must not read that function's variables: default(none),
//   and pointers to what outlives the region, copied. clang lets a region share the thread_local variables of
//   the function around it, g++ does not: none is named in a region.
// - An exception that leaves a task ends the process: caught inside, the first is kept.
// - A team may be smaller than asked for (OMP_DYNAMIC, OMP_THREAD_LIMIT, a region inside another): counted
//   when the backend is made. A thread that the system refuses ends the process in libgomp: tried before, by
//   make_backend.
// - Idle members spin, for milliseconds in libgomp and 200 ms in libomp, unless OMP_WAIT_POLICY is passive;
//   libomp's look for tasks until the region's end all the same, once it has had one.
// - The number of CPUs is read once: the mask is on before the process starts its runtimes.
// - libomp runs the tasks of a team of one where they are made, and never queues them: its time on one worker
//   holds less than libgomp's, which ratios to one worker flatter.
// - A detached task whose event is fulfilled outside the team hangs in libgomp: not used. Neither is
//   taskloop, whose tasks of one iteration gain nothing from a second worker past 64 a member.
#pragma once

#include <omp.h>

#include <atomic>
#include <bit>
#include <cstdint>
#include <latch>
#include <semaphore>
#include <string>
#include <type_traits>

#include "bench/seam/run.hpp"

namespace bookstore::backend {

namespace detail {

// `body` outlives the parallel region; a task copies the pointer, never the closure.
template <class Body>
void halve(const Body* body, std::uint32_t begin, std::uint32_t end) {
  while (end - begin > 1) {
    const std::uint32_t middle = begin + (end - begin) / 2;
#pragma omp task default(none) firstprivate(body, middle, end)
    halve(body, middle, end);
    end = middle;
  }
  (*body)(begin);
}

// What all nodes of a tree share, behind one pointer: a task that carries more is dearer to make.
template <Tree T>
struct Count {
  const T& tree;
  FirstFailure failure;
};

// A node on its way into a task: a number where it fits. An aggregate would be copied there by a function of
// its own, which the runtime calls through a pointer.
template <class Node>
auto pack(const Node& node) {
  if constexpr (sizeof(Node) == sizeof(std::uint64_t) && std::is_trivially_copyable_v<Node>)
    return std::bit_cast<std::uint64_t>(node);
  else
    return node;
}

template <class Node, class Packed>
Node unpack(const Packed& packed) {
  if constexpr (std::is_same_v<Packed, Node>)
    return packed;
  else
    return std::bit_cast<Node>(packed);
}

template <Tree T>
std::uint64_t count_node_guarded(Count<T>* all, typename T::Node node, std::uint32_t levels) noexcept;

// A task for each child but the last, which is counted by whoever counts the node. Throws what a leaf throws
// when it forks nothing itself. Whoever calls it catches that: a leaf that did could not end in the call of
// its work.
template <Tree T>
std::uint64_t count_node(Count<T>* all, typename T::Node node, std::uint32_t levels) {
  if (all->tree.is_leaf(node)) return all->tree.leaf(node);
  if (all->failure.failed()) return 0;
  if (levels == 0) return count_plainly(all->tree, node);
  std::atomic<std::uint64_t> forked{0};
  const auto last = all->tree.split(node, [=, sum = &forked](typename T::Node child) {
    // Names of the task's own: firstprivate takes no captured ones.
    Count<T>* const shared = all;
    auto* const to = sum;
    const std::uint32_t below = levels - 1;
    const auto packed = pack(child);
#pragma omp task default(none) firstprivate(shared, to, packed, below)
    to->fetch_add(count_node_guarded(shared, unpack<typename T::Node>(packed), below),
                  std::memory_order_relaxed);
  });
  // `forked` must not go before the tasks that add to it.
  const std::uint64_t own = count_node_guarded(all, last, levels - 1);
#pragma omp taskwait
  return own + forked.load(std::memory_order_relaxed);
}

template <Tree T>
std::uint64_t count_node_guarded(Count<T>* all, typename T::Node node, std::uint32_t levels) noexcept {
  try {
    return count_node(all, node, levels);
  } catch (...) {
    all->failure.keep_current();
    return 0;
  }
}

// How many tasks the door may have made: with one more the runtime makes it run one at once.
struct DoorBound {
  enum class Tasks { queued, unfinished };
  int tasks;
  Tasks of;

  static DoorBound of_team(int members);
};

}  // namespace detail

// Closed: the caller is one of the workers. Open: it is the door, a member of the team that runs no task.
class OpenMp {
 public:
  static constexpr BackendTraits traits{.name = "openmp",
                                        .waits = Waits::blocking,
                                        .single_threaded = false,
                                        .submitter = true,
                                        .static_split = true};

  explicit OpenMp(const Team& team, Load load = Load::closed);
  ~OpenMp();
  OpenMp(const OpenMp&) = delete;
  OpenMp& operator=(const OpenMp&) = delete;
  static std::string runtime();
  int workers() const { return workers_; }
  // The team's first member is the caller: one of the workers of a closed run, the door of an open one.
  int worker() const { return omp_get_thread_num() - first_worker_; }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, AllAtOnce, P probe = {}, W waiter = {}) {
    const std::uint32_t tasks = job.size();
    FirstFailure failure;
    // An exception that leaves an OpenMP task ends the process: caught inside.
    const auto body = [&](std::uint32_t task) { run_task_guarded(job, probe, waiter, task, failure); };
    const auto* const body_address = &body;
    const int team = workers_;
    const std::int64_t begin = waiter.clock().now();
    if (tasks == 0) return {begin, begin};
    if (static_split_) {
#pragma omp parallel for schedule(static) num_threads(team) default(none) firstprivate(body_address, tasks)
      for (std::uint32_t task = 0; task < tasks; ++task) (*body_address)(task);
    } else {
#pragma omp parallel num_threads(team) default(none) firstprivate(body_address, tasks)
#pragma omp single nowait
      detail::halve(body_address, 0, tasks);
    }
    const std::int64_t end = waiter.clock().now();
    failure.rethrow();
    return {begin, end};
  }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, const Schedule& door, P probe = {}, W waiter = {}) {
    const std::uint32_t tasks = job.size();
    FirstFailure failure;
    std::latch unfinished(tasks);
    const int team = workers_ + 1;
    // The permits keep the door from running tasks itself.
    const auto bound = detail::DoorBound::of_team(team);
    std::counting_semaphore<> permits(bound.tasks);
    const auto body = [&](std::uint32_t task) {
      if (bound.of == detail::DoorBound::Tasks::queued) permits.release();
      run_task_guarded(job, probe, waiter, task, failure);
      if (bound.of == detail::DoorBound::Tasks::unfinished) permits.release();
      unfinished.count_down();
    };
    const auto* const body_address = &body;
    const auto open = [&] {
      const std::uint32_t submitted =
          keep_door(door, tasks, probe, waiter.clock(), failure, [&](std::uint32_t task) {
            const bool held = !permits.try_acquire();
            if (held) permits.acquire();
#pragma omp task default(none) firstprivate(body_address, task)
            (*body_address)(task);
            return held;
          });
      unfinished.count_down(tasks - submitted);
      // At the end of the region the door would run tasks itself: nothing may be left when it gets there.
      unfinished.wait();
    };
    const auto* const open_address = &open;
    const std::int64_t begin = waiter.clock().now();
#pragma omp parallel num_threads(team) default(none) firstprivate(open_address)
#pragma omp master
    (*open_address)();
    const std::int64_t end = waiter.clock().now();
    failure.rethrow();
    return {begin, end};
  }

  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t cutoff = no_cutoff) {
    detail::Count<T> count{.tree = tree, .failure = {}};
    auto* const all = &count;
    std::uint64_t sum = 0;
    const int team = workers_;
#pragma omp parallel num_threads(team) default(none) firstprivate(all, cutoff) shared(sum)
#pragma omp single nowait
    sum = detail::count_node_guarded(all, all->tree.root(), cutoff);
    count.failure.rethrow();
    return sum;
  }

 private:
  // Pins each worker to a CPU of its own, or gives all members back the mask that the caller has.
  void place(bool pinned) const;

  int workers_;
  int first_worker_;  // its number in the team
  bool pinned_;
  bool static_split_;
};

}  // namespace bookstore::backend
