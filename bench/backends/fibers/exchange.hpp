// What reaches the threads of fibers from outside: tasks that arrive, for whichever thread takes them first,
// and fibers that may go on. A mutex and a condition variable of the system's, since Boost.Fiber's own spin:
// with more threads than CPUs, whoever meets one that is held spins until the holder has had its next turn,
// milliseconds later.
#pragma once

#include <algorithm>
#include <atomic>
#include <boost/fiber/context.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "bench/seam/clocks.hpp"
#include "bench/seam/lines.hpp"

namespace bookstore::backend {

// Any thread may call any member.
class FiberExchange {
 public:
  explicit FiberExchange(int workers) : resumed_(static_cast<std::size_t>(workers)) {}

  // Before each run.
  void open() { closed_.store(false); }

  void put(std::uint32_t task) {
    {
      const std::scoped_lock guard(lock_);
      arrived_.push_back(task);
      arrivals_.store(arrived_.size(), std::memory_order_relaxed);
      const auto taker = std::ranges::find_if(sleepers_, &Sleeper::takes);
      if (taker != sleepers_.end()) wake(taker);
    }
    changed_.notify_one();
  }
  // Nobody arrives any more.
  void close() {
    {
      const std::scoped_lock guard(lock_);
      closed_.store(true);
      while (!sleepers_.empty()) wake(sleepers_.begin());
    }
    changed_.notify_all();
  }
  // That fiber of the worker's may go on.
  void resume(int worker, boost::fibers::context* fiber) {
    {
      const std::scoped_lock guard(lock_);
      resumed_of(worker).fibers.push_back(fiber);
      resumed_of(worker).any.store(true, std::memory_order_relaxed);
    }
    changed_.notify_all();
  }

  // The first task that nobody has taken, if there is one. A look at a number while there is none.
  std::optional<std::uint32_t> take() {
    if (arrivals_.load(std::memory_order_relaxed) == 0) return std::nullopt;
    const std::scoped_lock guard(lock_);
    if (arrived_.empty()) return std::nullopt;
    const std::uint32_t task = arrived_.front();
    arrived_.pop_front();
    arrivals_.store(arrived_.size(), std::memory_order_relaxed);
    return task;
  }
  bool closed() const { return closed_.load(); }
  std::vector<boost::fibers::context*> resumed(int worker) {
    if (!resumed_of(worker).any.load(std::memory_order_relaxed)) return {};
    const std::scoped_lock guard(lock_);
    resumed_of(worker).any.store(false, std::memory_order_relaxed);
    return std::exchange(resumed_of(worker).fibers, {});
  }

  // Sleeps until then, or until there is something for the worker; tasks and the close only if it takes
  // tasks.
  void sleep_until(std::chrono::steady_clock::time_point time, int worker, bool takes) {
    std::unique_lock guard(lock_);
    const auto something = [&] {
      return !resumed_of(worker).fibers.empty() || (takes && (!arrived_.empty() || closed()));
    };
    // A time beyond the clock's range is none.
    if (time == std::chrono::steady_clock::time_point::max())
      changed_.wait(guard, something);
    else
      changed_.wait_until(guard, time, something);
  }
  // The same of a worker that no fiber is resumed for, at an alarm of its own, which others leave alone and
  // which may wake it for something else. Whoever it is, the close wakes it.
  void sleep_at(SteadyAlarm& alarm, bool takes) {
    {
      const std::scoped_lock guard(lock_);
      if (closed() || (takes && !arrived_.empty())) return;
      sleepers_.push_back({&alarm, takes});
    }
    alarm.sleep_until(0, never);
    const std::scoped_lock guard(lock_);
    const auto own = std::ranges::find(sleepers_, &alarm, &Sleeper::alarm);
    if (own != sleepers_.end())
      sleepers_.erase(own);
    else
      alarm.set(never);
  }

 private:
  struct Sleeper {
    SteadyAlarm* alarm;
    bool takes;
  };
  // Each for one wake-up.
  void wake(std::vector<Sleeper>::iterator sleeper) {
    sleeper->alarm->set(0);
    sleepers_.erase(sleeper);
  }

  struct alignas(apart) Resumed {
    std::vector<boost::fibers::context*> fibers;
    std::atomic<bool> any{false};
  };
  Resumed& resumed_of(int worker) { return resumed_[static_cast<std::size_t>(worker)]; }

  std::mutex lock_;
  std::condition_variable changed_;
  std::vector<Sleeper> sleepers_;
  std::deque<std::uint32_t> arrived_;
  alignas(apart) std::atomic<std::size_t> arrivals_{0};
  std::atomic<bool> closed_{false};
  std::deque<Resumed> resumed_;  // by worker
};

}  // namespace bookstore::backend
