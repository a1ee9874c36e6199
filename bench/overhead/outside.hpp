// Tasks that are handed to a pool from outside, and when they start: what handover, cold_start and burst
// share.
//
// Outside is a thread that runs no task, where the backend has such a one. Its traits tell, not its name:
//
// - with a submitter (tbb, openmp) it is an open run: the caller is the door, in a place of arena or team
// that
//   is its own, and a task is handed over as it is released, which is just before it is submitted;
// - without one, where a worker has a thread of its own (threads): in an open run each worker would be its
// own
//   door, and nobody would hand over anything. So it is a closed run of what arrives together: the caller
//   sleeps until then, wakes the pool, and sleeps until all is finished. Handed over as run() is called;
// - single-threaded: the same, but the caller is the worker. The hand-over is a call.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "bench/backends/run.hpp"
#include "bench/measure/thread_index.hpp"
#include "bench/overhead/row.hpp"
#include "workloads/grain.hpp"
#include "workloads/job.hpp"

namespace bookstore::overhead {

// One task's stamps, in nanoseconds of the run's clock, and the thread that ran it, as ThreadIndex numbers
// it. On a cache line of its own: neighbours may be written at the same time.
struct alignas(64) HandOver {
  std::int64_t handed = 0;
  std::int64_t started = 0;
  std::int64_t finished = 0;
  int thread = -1;
  std::uint32_t runs = 0;

  std::int64_t delay() const { return started - handed; }
};

// Tasks of one step that stamp themselves. Records lie in preallocated slots, one writer at a time: whoever
// hands the task over, then the worker that runs it. To be read when the run has drained.
template <class Clock = backend::SteadyClock>
class HandOverJob {
 public:
  // Each task does `links` of grain's arithmetic between its stamps.
  explicit HandOverJob(std::uint32_t tasks, std::uint32_t links = 0, Clock clock = {})
      : clock_(clock), links_(links), records_(tasks) {}

  // By the thread that hands over, before the first task: it becomes number 0.
  void begin() { threads_.here(); }
  void handed(std::uint32_t task, std::int64_t time) { records_[task].handed = time; }

  std::uint32_t size() const { return static_cast<std::uint32_t>(records_.size()); }
  Wait step(std::uint32_t task, std::uint32_t) {
    HandOver& record = records_[task];
    record.started = clock_.now();
    record.thread = threads_.here();
    ++record.runs;
    if (links_ > 0) workload::do_links(task, links_);
    record.finished = clock_.now();
    return done;
  }

  const std::vector<HandOver>& records() const { return records_; }

 private:
  Clock clock_;
  std::uint32_t links_;
  measure::ThreadIndex threads_;
  std::vector<HandOver> records_;
};

namespace detail {

template <class Clock>
struct ReleaseProbe {
  HandOverJob<Clock>* job;

  void before(std::uint32_t, std::uint32_t) const {}
  void after(std::uint32_t, std::uint32_t, Wait) const {}
  void released(std::uint32_t task, std::int64_t time) const { job->handed(task, time); }
};

// The tasks from `first` on.
template <class Clock>
struct Part {
  HandOverJob<Clock>* job;
  std::uint32_t first;
  std::uint32_t tasks;

  std::uint32_t size() const { return tasks; }
  Wait step(std::uint32_t task, std::uint32_t step) { return job->step(first + task, step); }
};

}  // namespace detail

// The load that a backend must be built for, to be handed tasks from outside.
template <class Backend>
constexpr backend::Load outside_load() {
  return Backend::traits.submitter ? backend::Load::open : backend::Load::closed;
}

// Hands each task over as it arrives and returns when all are finished. Precondition: an arrival for each
// task; the backend was built for outside_load().
template <class Backend, class Clock>
void hand_over(Backend& backend, HandOverJob<Clock>& job, const backend::Schedule& door, Clock clock) {
  job.begin();
  const std::uint32_t tasks = job.size();
  if constexpr (Backend::traits.submitter) {
    backend.run(job, door, detail::ReleaseProbe<Clock>{&job}, clock);
    return;
  }
  for (std::uint32_t first = 0, last = 0; first < tasks; first = last) {
    while (last < tasks && door.at[last] == door.at[first]) ++last;
    detail::Part<Clock> part{.job = &job, .first = first, .tasks = last - first};
    clock.sleep_until(door.arrival(first));
    const std::int64_t now = clock.now();
    for (std::uint32_t task = first; task < last; ++task) job.handed(task, now);
    backend.run(part, backend::AllAtOnce{}, backend::NoProbe{}, clock);
  }
}

// Throws, naming the row: WrongResult unless every task ran once, and not before it was handed over;
// std::runtime_error when one ran on the thread that handed it over although workers have threads of their
// own, or on another where they have not.
void prove_handed_over(const OverheadRow& row, const std::vector<HandOver>& records,
                       const backend::BackendTraits& traits);

}  // namespace bookstore::overhead
