// How many tasks are in flight, from counters with one writer each.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/measure/probes/thread_index.hpp"

namespace bookstore::measure {

// How many tasks each thread let in and finished, on a cache line of its own: one writer, read by whoever
// samples.
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

}  // namespace bookstore::measure
