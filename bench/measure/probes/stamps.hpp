// The probe of an open run: four stamps and two sums a task, and counters from which the tasks in flight can
// be read while it runs.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "bench/measure/probes/thread_index.hpp"
#include "bench/measure/statistics/latency_window.hpp"
#include "bench/seam/run.hpp"

namespace bookstore::measure {

// How many tasks each thread let in and finished, on a cache line of its own: one writer, read by the
// sampler.
class FlightCounters {
 public:
  explicit FlightCounters(int threads) : slots_(static_cast<std::size_t>(threads)) {}

  void count_released() { bump(here().released); }
  void count_finished() { bump(here().finished); }

  // Released less finished. While the run goes on an estimate: threads are read one after the other, the
  // finished first, so that it is never below zero for lack of a release.
  std::int64_t in_flight() const {
    const std::int64_t finished = this->finished();
    std::uint64_t released = 0;
    for (const Slot& slot : slots_) released += slot.released.load(std::memory_order_relaxed);
    return static_cast<std::int64_t>(released) - finished;
  }

  std::int64_t finished() const {
    std::uint64_t finished = 0;
    for (const Slot& slot : slots_) finished += slot.finished.load(std::memory_order_acquire);
    return static_cast<std::int64_t>(finished);
  }

  // Threads that finished a task; exact when the run has drained.
  int finishing_threads() const {
    return static_cast<int>(
        std::ranges::count_if(slots_, [](const Slot& slot) { return slot.finished.load() > 0; }));
  }

 private:
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> released{0};
    std::atomic<std::uint64_t> finished{0};
  };
  Slot& here() { return slots_.at(static_cast<std::size_t>(index_.here())); }
  // One writer a counter: no read-modify-write is needed.
  static void bump(std::atomic<std::uint64_t>& counter) {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  std::vector<Slot> slots_;
  ThreadIndex index_;
};

// A handle. Each record is written by one thread at a time: the door, then the worker that has the task.
// Times are those of the run's clock; `intended` is filled in beforehand.
template <class Clock = backend::SteadyClock>
class Stamps {
 public:
  Stamps(std::span<TaskRecord> records, FlightCounters& counters, Clock clock = {})
      : records_(records.data()), counters_(&counters), clock_(clock) {}

  void released(std::uint32_t task, std::int64_t time) {
    records_[task].released = time;
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
      return;
    }
    record.finished = now;
    ++record.finishes;
    counters_->count_finished();
  }

 private:
  TaskRecord* records_;
  FlightCounters* counters_;
  Clock clock_;
};

}  // namespace bookstore::measure
