// The probe of an open run: four stamps and two sums a task, and counters from which the tasks in flight can
// be read while it runs.
#pragma once

#include <cstdint>
#include <span>

#include "bench/measure/probes/flight_counters.hpp"
#include "bench/measure/probes/flight_log.hpp"
#include "bench/measure/statistics/latency_window.hpp"
#include "bench/seam/run.hpp"

namespace bookstore::measure {

// A handle. Each record is written by one thread at a time: the door, then the worker that has the task.
// Times are those of the run's clock; `intended` is filled in beforehand. With a log the tasks in flight are
// sampled on the way.
template <class Clock = backend::SteadyClock>
class Stamps {
 public:
  Stamps(std::span<TaskRecord> records, FlightCounters& counters, Clock clock = {}, FlightLog* log = nullptr)
      : records_(records.data()), counters_(&counters), log_(log), clock_(clock) {}

  void released(std::uint32_t task, std::int64_t time) {
    records_[task].released = time;
    if (log_ != nullptr) log_->pass(time);
    counters_->count_released();
  }
  void before(std::uint32_t task, std::uint32_t step) {
    const std::int64_t now = clock_.now();
    if (step == 0) records_[task].started = now;
    records_[task].work -= now;
  }
  void after(std::uint32_t task, std::uint32_t, Wait wait) {
    const std::int64_t now = clock_.now();
    TaskRecord& record = records_[task];
    record.work += now;
    if (wait >= 0) {
      record.asked_waits += wait;
      if (wait > 0) ++record.waits;
      return;
    }
    record.finished = now;
    ++record.finishes;
    if (log_ != nullptr) log_->pass(now);
    counters_->count_finished();
  }

 private:
  TaskRecord* records_;
  FlightCounters* counters_;
  FlightLog* log_;
  Clock clock_;
};

}  // namespace bookstore::measure
