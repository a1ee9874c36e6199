// Tasks that are handed to a pool from outside, and when they start: what handover, cold_start and burst
// share.
//
// Outside is a thread that runs no task, where the backend has such a thread. The backend's traits tell:
//
// - With a submitter (tbb, openmp) a hand-over is an open run. The caller is the door, in a place of its own
//   in arena or team; a task is handed over as it is released, which is just before it is submitted.
// - Without a submitter, where the workers are threads of the backend's own (threads, event_loops), a
//   hand-over is a closed run, since in an open run each worker would be its own door and nothing would be
//   handed over.
//   The caller sleeps until the tasks arrive, wakes the pool, and sleeps until all are finished; the tasks
//   are handed over as run() is called.
// - Single-threaded: as without a submitter, but the caller is the worker, and the hand-over is a call.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bench/backends/any_backend.hpp"
#include "bench/measure/probes/thread_index.hpp"
#include "bench/overhead/row.hpp"
#include "bench/seam/run.hpp"
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

// Tasks of one step that arrive at one moment and stamp themselves. Records lie in preallocated slots, one
// writer at a time: whoever hands the task over, then the worker that runs it. To be read when the run has
// drained.
template <class Clock = backend::SteadyClock>
class HandOverJob {
 public:
  // Each task does `links` of grain's arithmetic between its stamps.
  explicit HandOverJob(std::uint32_t tasks, std::uint32_t links = 0, Clock clock = {})
      : clock_(clock), links_(links), records_(tasks), arrivals_(tasks, 0) {}

  // By the thread that hands over, before the first task: it becomes number 0.
  void begin() { threads_.here(); }
  void handed(std::uint32_t task, std::int64_t time) { records_[task].handed = time; }

  std::uint32_t size() const { return static_cast<std::uint32_t>(records_.size()); }
  Wait step(std::uint32_t task, std::uint32_t) {
    HandOver& record = records_[task];
    record.started = clock_.now();
    record.thread = threads_.here();
    ++record.runs;
    if (links_ > 0) workload::keep(workload::do_links(task, links_));
    record.finished = clock_.now();
    return done;
  }

  const std::vector<HandOver>& records() const { return records_; }
  // By the run's start.
  std::span<const std::int64_t> arrivals() const { return arrivals_; }

 private:
  Clock clock_;
  std::uint32_t links_;
  measure::ThreadIndex threads_;
  std::vector<HandOver> records_;
  std::vector<std::int64_t> arrivals_;
};

namespace detail {

template <class Clock>
struct ReleaseProbe {
  HandOverJob<Clock>* job;

  void before(std::uint32_t, std::uint32_t) const {}
  void after(std::uint32_t, std::uint32_t, Wait) const {}
  void released(std::uint32_t task, std::int64_t time) const { job->handed(task, time); }
};

}  // namespace detail

// The load that a backend must be built for, to be handed tasks from outside.
constexpr backend::Load outside_load(const backend::BackendTraits& traits) {
  return traits.submitter ? backend::Load::open : backend::Load::closed;
}

// Hands all tasks over at that time, or now if it has passed, and returns when they are finished.
// Precondition: the backend was built for outside_load().
template <class Backend, class Clock>
void hand_over(Backend& backend, HandOverJob<Clock>& job, std::int64_t time, Clock clock) {
  job.begin();
  if constexpr (Backend::traits.submitter) {
    const backend::Schedule door{.at = job.arrivals(), .start = time};
    backend.run(job, door, detail::ReleaseProbe<Clock>{&job}, backend::Timers(clock));
  } else {
    // A sleep that is over before it begins takes 20 us all the same.
    if (clock.now() < time) clock.sleep_until(time);
    const std::int64_t now = clock.now();
    for (std::uint32_t task = 0; task < job.size(); ++task) job.handed(task, now);
    backend.run(job, backend::AllAtOnce{}, backend::NoProbe{}, backend::Timers(clock));
  }
}
// The same for any backend, in the machine's time.
void hand_over(backend::AnyBackend& backend, HandOverJob<>& job, std::int64_t time,
               backend::SteadyClock clock);

// Throws, naming the row: WrongResult unless every task ran once, and not before it was handed over;
// std::runtime_error when one ran on the thread that handed it over although workers have threads of their
// own, or on another where they have not.
void prove_handed_over(const OverheadRow& row, const std::vector<HandOver>& records,
                       const backend::BackendTraits& traits);

}  // namespace bookstore::overhead
