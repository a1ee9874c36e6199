// Samples of the tasks in flight that the threads of a run take themselves.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "bench/measure/probes/flight_counters.hpp"

namespace bookstore::measure {

struct FlightSample {
  std::int64_t time;          // CLOCK_MONOTONIC, nanoseconds
  std::int64_t in_flight;     // released less finished
  std::int64_t finished = 0;  // since the start of the run
};

// Where no CPU is free for an observer: one that shares the CPUs of a run sees it only when the run lets it,
// which is when a worker goes to sleep, and then there is less to do than usual. Here the instants are drawn
// beforehand, and whoever is about to change the counters first takes the samples whose instants have passed
// since the last change: in between there was nothing to see.
class FlightLog {
 public:
  // `instants` ascend. `counters` outlives this.
  FlightLog(const FlightCounters& counters, std::vector<std::int64_t> instants)
      : counters_(&counters), instants_(std::move(instants)), samples_(instants_.size()) {
    instants_.push_back(std::numeric_limits<std::int64_t>::max());
  }

  // Any thread, before it counts what happened at `now`.
  void pass(std::int64_t now) {
    std::size_t next = next_.load(std::memory_order_relaxed);
    while (instants_[next] < now)
      if (next_.compare_exchange_weak(next, next + 1, std::memory_order_relaxed)) {
        samples_[next] = {instants_[next], counters_->in_flight(), counters_->finished()};
        ++next;
      }
  }

  // Those taken so far; to be asked when the run has drained.
  std::span<const FlightSample> samples() const { return std::span(samples_).first(next_.load()); }

 private:
  const FlightCounters* counters_;
  std::vector<std::int64_t> instants_;
  std::vector<FlightSample> samples_;
  // Alone on its line: read at every change, written two hundred times a second.
  alignas(64) std::atomic<std::size_t> next_{0};
};

}  // namespace bookstore::measure
