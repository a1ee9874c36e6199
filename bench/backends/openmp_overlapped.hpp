// OpenMP with waits that are put aside: the team's first member, the caller, keeps the waits, and the door of
// an open run, and makes a task of each customer and of each continuation. It runs none of them itself.
//
// What is known of the two runtimes beside what openmp.hpp says:
//
// - Only the keeper makes tasks. libomp's members prefer the tasks that they made themselves, newest first:
//   one that makes the next customer's task would never come to a continuation.
// - libgomp's members take all tasks in the order of their making. So in a closed run no more customers stand
//   in line than keep the members at work, or those who go on would stand behind all of them.
// - libgomp guards a team's tasks by one lock, for which a thread that finds it taken sleeps: on two cores a
//   task of day costs some 14 calls of futex, and twice the CPU that it costs event_loops.
#pragma once

#include <omp.h>

#include <cstdint>
#include <latch>

#include "bench/backends/any_runs.hpp"
#include "bench/backends/openmp.hpp"
#include "bench/seam/run.hpp"
#include "bench/seam/timers/timer_queue.hpp"

namespace bookstore::backend {

class OpenMpOverlapped : public AnyRuns<OpenMpOverlapped> {
 public:
  static constexpr BackendTraits traits{
      .name = "openmp_overlapped", .waits = Waits::overlapped, .single_threaded = false, .submitter = true};

  explicit OpenMpOverlapped(const Team& team, Load load = Load::closed);
  static std::string runtime() { return OpenMp::runtime(); }
  int workers() const { return team_.workers(); }
  int worker() const { return team_.worker(); }

  // By the workers alone, as all else.
  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t cutoff = no_cutoff) {
    detail::Count<T> count{.tree = tree, .failure = {}};
    std::uint64_t sum = 0;
    const auto from_root = [&] { sum = detail::count_node_guarded(&count, tree.root(), cutoff); };
    count_by_workers([](const void* body) { (*static_cast<decltype(&from_root)>(body))(); }, &from_root);
    count.failure.rethrow();
    return sum;
  }

 private:
  friend AnyRuns<OpenMpOverlapped>;
  class Running;

  Elapsed run_all(const AnyRun& run, const Schedule* door, std::uint32_t in_flight);
  // Calls body(context) on one of the workers, in the team; returns when it has.
  void count_by_workers(void (*body)(const void* context), const void* context);

  OpenMp team_;  // with a member that is no worker
  TimerQueue<Resumption> timers_;
};

}  // namespace bookstore::backend
