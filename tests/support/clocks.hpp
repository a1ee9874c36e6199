// Clocks for runs whose time is not the machine's. A backend gets a handle, which it may copy; the clock
// outlives the run.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace bookstore::test {

// Time that passes only by sleeping: whoever sleeps until a deadline finds it come. For overlapped backends,
// and for how often anything sleeps.
class JumpingClock {
 public:
  class Handle {
   public:
    explicit Handle(JumpingClock& clock) : clock_(&clock) {}
    std::int64_t now() const {
      const std::scoped_lock guard(clock_->lock_);
      return clock_->now_;
    }
    void sleep_until(std::int64_t deadline) const {
      const std::scoped_lock guard(clock_->lock_);
      ++clock_->sleeps_;
      clock_->now_ = std::max(clock_->now_, deadline);
    }

   private:
    JumpingClock* clock_;
  };

  Handle handle() { return Handle(*this); }
  int sleeps() const { return sleeps_; }

 private:
  std::mutex lock_;
  std::int64_t now_ = 1'000'000'000;
  int sleeps_ = 0;
};

// Holds all that sleep until `expected` threads do so at the same time, and a little longer, so that any
// further one may show itself; from then on nothing sleeps any more. The patience bounds how long a backend
// that never gets there hangs.
class GatheringClock {
 public:
  explicit GatheringClock(int expected) : expected_(expected) {}

  class Handle {
   public:
    explicit Handle(GatheringClock& clock) : clock_(&clock) {}
    std::int64_t now() const { return 0; }
    void sleep_until(std::int64_t) const { clock_->sleep(); }

   private:
    GatheringClock* clock_;
  };

  Handle handle() { return Handle(*this); }
  // The most threads that slept at the same time.
  int most_asleep() const { return most_asleep_; }

 private:
  static constexpr std::chrono::seconds patience{30};
  static constexpr std::chrono::milliseconds for_others{20};

  void sleep() {
    std::unique_lock guard(lock_);
    most_asleep_ = std::max(most_asleep_, ++asleep_);
    if (asleep_ >= expected_ && !gathered_) {
      gathered_ = true;
      changed_.wait_for(guard, for_others, [] { return false; });
      open_ = true;
      changed_.notify_all();
    }
    if (!changed_.wait_for(guard, patience, [this] { return open_; })) open_ = true;
    --asleep_;
  }

  int expected_;
  std::mutex lock_;
  std::condition_variable changed_;
  int asleep_ = 0;
  int most_asleep_ = 0;
  bool gathered_ = false;
  bool open_ = false;
};

// A JumpingClock on which nobody sleeps before `all_there()` says so: threads that share a clock that jumps
// would else carry each other's tasks beyond their deadlines.
template <class AllThere>
class ClockOfACrowd {
 public:
  ClockOfACrowd(JumpingClock& time, const AllThere& all_there)
      : time_(time.handle()), all_there_(&all_there) {}
  std::int64_t now() const { return time_.now(); }
  void sleep_until(std::int64_t deadline) const {
    while (!(*all_there_)()) std::this_thread::yield();
    time_.sleep_until(deadline);
  }

 private:
  JumpingClock::Handle time_;
  const AllThere* all_there_;
};

}  // namespace bookstore::test
