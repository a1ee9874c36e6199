// What can go wrong in a run, and how it reaches the caller.
#pragma once

#include <atomic>
#include <exception>
#include <mutex>
#include <stdexcept>

namespace bookstore::backend {

// The machine refuses as many workers as were asked for. The message says how many there were.
class LimitReached : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Keeps the first exception of a run; any thread may call any member.
class FirstFailure {
 public:
  // To be called in a catch block.
  void keep_current() noexcept {
    const std::scoped_lock guard(lock_);
    if (!first_) first_ = std::current_exception();
    failed_.store(true, std::memory_order_relaxed);
  }
  // A hint to start nothing new; relaxed, since nothing is read on the strength of it.
  bool failed() const noexcept { return failed_.load(std::memory_order_relaxed); }
  // To be called when all workers have drained.
  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::mutex lock_;
  std::exception_ptr first_;
  std::atomic<bool> failed_{false};
};

}  // namespace bookstore::backend
