// The end of an open run before its time: when it can no longer be anything but an overload, its seconds are
// better spent on others.
//
// No backend knows of it. The schedule lets all who have not arrived yet arrive at once, and the job sends
// whoever has not begun away. Whoever has begun is served to the end.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include "bench/measure/probes/stamps.hpp"
#include "workloads/job.hpp"

namespace bookstore {

// The rule, on what is seen of a run as it goes on. A task is overdue when it arrived longer ago than any
// task's waits take together, and is not finished: tasks that only wait are no backlog. A run is hopeless
// when for half of its schedule, and a quarter of a second, more tasks were overdue than the backlog may grow
// by (measure::backlog_growth_limit), and in that time there came as many again.
class Hopelessness {
 public:
  // `arrivals` ascend, from the start of the run, and outlive this.
  Hopelessness(std::span<const std::int64_t> arrivals, std::int64_t longest_waits);

  // `finished` tasks by `time`, which ascends from call to call. Whether the run is hopeless.
  bool see(std::int64_t time, std::int64_t finished);

 private:
  std::span<const std::int64_t> arrivals_;
  std::int64_t longest_waits_;
  double limit_;
  std::optional<std::int64_t> since_;
  std::int64_t overdue_then_ = 0;
};

// Watches a run, on a thread of its own, and closes its door when it is hopeless.
class EarlyEnd {
 public:
  // The run starts at `start` on the clock of the machine; `counters` and `arrivals` outlive this.
  EarlyEnd(const measure::FlightCounters& counters, std::span<const std::int64_t> arrivals,
           std::int64_t start, std::int64_t longest_waits);

  // For Schedule::hurried and the job.
  const std::atomic<bool>& closed() const { return closed_; }
  // Ends the watch; the others may be asked after.
  void stop();
  // When the door was closed, from the start of the run.
  std::optional<std::int64_t> closed_at() const { return closed_at_; }
  // What the thread itself cost, in nanoseconds of CPU time.
  std::int64_t cpu_ns() const { return cpu_ns_; }

 private:
  void watch(const std::stop_token& stop, const measure::FlightCounters& counters, Hopelessness rule,
             std::int64_t start);

  // Read by every task that begins, written once.
  alignas(64) std::atomic<bool> closed_{false};
  alignas(64) std::optional<std::int64_t> closed_at_;
  std::int64_t cpu_ns_ = 0;
  std::jthread thread_;
};

// A job whose tasks are sent away, without being begun, once the door is closed.
template <Job J>
class ClosableJob {
 public:
  static constexpr bool one_thread_only = OneThreadJob<J>;

  ClosableJob(J& job, const std::atomic<bool>& closed) : job_(job), closed_(closed), sent_away_(job.size()) {}

  std::uint32_t size() const { return job_.size(); }
  Wait step(std::uint32_t task, std::uint32_t step) {
    // Relaxed: nothing is read on the strength of it.
    if (step == 0 && closed_.load(std::memory_order_relaxed)) {
      sent_away_[task] = 1;
      return done;
    }
    return job_.step(task, step);
  }
  void foresee(std::uint32_t task) const requires ForeseeingJob<J> { job_.foresee(task); }
  std::uint32_t role(std::uint32_t task) const requires RoledJob<J> { return job_.role(task); }

  // By task, 1 for those that were not begun; to be asked after the run.
  const std::vector<std::uint8_t>& sent_away() const { return sent_away_; }

 private:
  J& job_;
  const std::atomic<bool>& closed_;
  std::vector<std::uint8_t> sent_away_;
};

// Cuts the records of a run that was ended at that time to those who had arrived by then or were served, and
// takes back the stamps of those who were sent away.
void cut_records(std::vector<measure::TaskRecord>& records, std::span<const std::uint8_t> sent_away,
                 std::int64_t closed_at);

}  // namespace bookstore
