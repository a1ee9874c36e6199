// Virtual time for several threads at once, with an alarm as the kernel's: it passes only when all of them
// sleep, and then to the next moment at which one of them is to wake. Which of those who sleep at the alarm
// is woken is chosen at random, and so is who hesitates before what: a seed is a schedule.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "bench/seam/clocks.hpp"

namespace bookstore::test {

class ConductedTime {
 public:
  // `before_passing(now, idle)` is called whenever time is about to pass: `idle` threads sleep at the alarm.
  // `grace` is the alarm's.
  ConductedTime(std::uint64_t seed, std::int64_t grace, std::function<void(std::int64_t, int)> before_passing)
      : random_(seed), grace_(grace), before_passing_(std::move(before_passing)) {}

  class Alarm;
  class Clock {
   public:
    using Alarm = ConductedTime::Alarm;
    explicit Clock(ConductedTime& time) : time_(&time) {}
    std::int64_t now() const { return time_->now(); }
    void sleep_until(std::int64_t deadline) const { time_->sleep(deadline, false); }
    ConductedTime& time() const { return *time_; }

   private:
    ConductedTime* time_;
  };

  // Made by a run for its workers: from then on time passes only when so many threads sleep, until end().
  class Alarm {
   public:
    Alarm(int sleepers, const Clock& clock) : time_(clock.time()) { time_.expect(sleepers); }
    std::int64_t grace() const { return time_.grace_; }
    void set(std::int64_t at) { time_.set(at); }
    void end() { time_.end(); }
    void sleep_until(int, std::int64_t deadline) { time_.sleep(deadline, true); }

   private:
    ConductedTime& time_;
  };

  Clock clock() { return Clock(*this); }
  std::int64_t now() {
    const std::scoped_lock guard(lock_);
    return now_;
  }
  // A step that takes so long.
  void work(std::int64_t ns) {
    if (ns > 0) sleep(now() + ns, false);
  }
  // Whether all slept once and nothing was to wake any of them.
  bool stuck() const { return stuck_; }

 private:
  struct Sleeper {
    std::int64_t deadline;
    bool at_alarm;
    bool awake = false;
  };

  void hesitate() {
    bool now = false;
    {
      const std::scoped_lock guard(lock_);
      now = random_() % 4 == 0;
    }
    if (now) std::this_thread::yield();
  }

  void expect(int threads) {
    const std::scoped_lock guard(lock_);
    threads_ = threads;
  }

  void set(std::int64_t at) {
    hesitate();
    {
      const std::scoped_lock guard(lock_);
      alarm_at_ = at;
      rung_ = false;
      ring_if_due();
    }
    hesitate();
  }

  void end() {
    const std::scoped_lock guard(lock_);
    ended_ = true;
    wake_all();
  }

  void sleep(std::int64_t deadline, bool at_alarm) {
    hesitate();
    std::unique_lock guard(lock_);
    if (ended_) {  // how many threads are left is not known any more
      if (!at_alarm) now_ = std::max(now_, deadline);
      return;
    }
    if (at_alarm && alarm_at_ <= now_) return;
    const auto self = sleepers_.insert(sleepers_.end(), {deadline, at_alarm});
    if (static_cast<int>(asleep()) == threads_) pass();
    changed_.wait(guard, [&] { return self->awake; });
    if (ended_ && !at_alarm) now_ = std::max(now_, deadline);
    sleepers_.erase(self);
  }

  std::size_t asleep() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(sleepers_, [](const auto& each) { return !each.awake; }));
  }

  void wake(Sleeper& sleeper) {
    sleeper.awake = true;
    changed_.notify_all();
  }
  void wake_all() {
    for (Sleeper& each : sleepers_) wake(each);
  }

  void ring_if_due() {
    if (rung_ || alarm_at_ > now_) return;
    std::vector<Sleeper*> there;
    for (Sleeper& each : sleepers_)
      if (each.at_alarm && !each.awake) there.push_back(&each);
    if (there.empty()) return;
    rung_ = true;
    wake(*there[random_() % there.size()]);
  }

  // All sleep: on to the next moment at which somebody wakes.
  void pass() {
    int idle = 0;
    std::int64_t next = backend::never;
    for (const Sleeper& each : sleepers_) {
      if (each.awake) continue;
      next = std::min(next, each.deadline);
      if (each.at_alarm) ++idle;
    }
    if (idle > 0 && !rung_) next = std::min(next, alarm_at_);
    before_passing_(now_, idle);
    if (next == backend::never) {
      stuck_ = true;
      ended_ = true;
      return wake_all();
    }
    now_ = std::max(now_, next);
    ring_if_due();
    for (Sleeper& each : sleepers_)
      if (!each.awake && each.deadline <= now_) wake(each);
  }

  std::mutex lock_;
  std::condition_variable changed_;
  std::mt19937_64 random_;
  const std::int64_t grace_;
  std::function<void(std::int64_t, int)> before_passing_;
  std::list<Sleeper> sleepers_;
  std::int64_t now_ = 1'000'000'000;
  std::int64_t alarm_at_ = backend::never;
  int threads_ = 0;
  bool rung_ = false;
  bool ended_ = false;
  bool stuck_ = false;
};

}  // namespace bookstore::test
