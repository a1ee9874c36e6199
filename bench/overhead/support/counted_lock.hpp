// A lock that knows how often it was taken, and how often somebody else held it then.
#pragma once

#include <cstdint>

namespace bookstore::overhead {

// Counted by the holder, under the lock: one more addition and no traffic of its own. The counts may be read
// while nobody uses the lock.
template <class Mutex>
class CountedLock {
 public:
  void lock() {
    const bool free = mutex_.try_lock();
    if (!free) mutex_.lock();
    ++taken_;
    found_held_ += free ? 0 : 1;
  }
  void unlock() { mutex_.unlock(); }

  std::uint64_t taken() const { return taken_; }
  std::uint64_t found_held() const { return found_held_; }

 private:
  Mutex mutex_;
  std::uint64_t taken_ = 0;
  std::uint64_t found_held_ = 0;
};

}  // namespace bookstore::overhead
