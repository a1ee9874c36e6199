// Numbers the threads that take part in a run, in the order in which they first do.
#pragma once

#include <atomic>
#include <cstdint>

#include "bench/seam/seat.hpp"

namespace bookstore::measure {

// here() may be called by any thread: one comparison with what its seat holds, but for a thread's first call.
class ThreadIndex {
 public:
  ThreadIndex() : run_(next_run.fetch_add(1, std::memory_order_relaxed) + 1) {}
  ThreadIndex(const ThreadIndex&) = delete;
  ThreadIndex& operator=(const ThreadIndex&) = delete;

  int here() {
    backend::Seat::Number& own = backend::seat_here().counted;
    if (own.given_for != run_) {
      own.given_for = run_;
      own.number = threads_.fetch_add(1, std::memory_order_relaxed);
    }
    return own.number;
  }
  // Threads that have called here(); exact when they have been joined or have drained.
  int threads() const { return threads_.load(std::memory_order_relaxed); }

 private:
  inline static std::atomic<std::uint64_t> next_run{0};

  std::uint64_t run_;
  std::atomic<int> threads_{0};
};

}  // namespace bookstore::measure
