// The door of an open run that several loops keep together. No loop is the doorkeeper: an alarm is set for
// the next arrival, all idle loops sleep at the alarm, and the alarm wakes one of them. So a loop at work
// never holds back an arrival that an idle loop could take, and no loop is woken only to keep watch.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "bench/seam/clocks.hpp"
#include "bench/seam/doors.hpp"
#include "bench/seam/lines.hpp"

namespace bookstore::backend {

// For the workers of one line. `Alarm` as SteadyAlarm. Any thread may call any member; each thread calls
// sleep() with a number of its own.
//
// No arrival is slept through while a worker sleeps here. A worker that is about to sleep first adds itself
// to the count of sleepers, then reads which arrival is the next, and sets the alarm for that arrival unless
// it is set so already. A worker that claims an arrival first moves the line on, and then, if it sees a
// sleeper, sets the alarm for the following arrival. All of this is sequentially consistent: either the
// claiming worker sees the sleeper, or the sleeper sees that the line has moved on. A worker that was
// overtaken may set the alarm too early: then a sleeper wakes in vain and sets it anew. The alarm is never
// set too late, since the line only moves forward. (Where a schedule is hurried meanwhile, a worker sleeps on
// until the arrival that was to be the next.)
template <class Alarm>
class SharedDoor {
 public:
  SharedDoor(const Schedule& schedule, Line& line, Alarm& alarm)
      : schedule_(schedule), line_(line), alarm_(alarm) {
    if (line.size() == 0) close();
  }

  // When the next unclaimed task arrives; never when there is none.
  std::int64_t next_arrival() const {
    const std::uint32_t place = line_.next();
    return place < line_.size() ? arrival(place) : never;
  }

  struct Claim {
    bool claimed = false;
    std::uint32_t task = 0;
    std::int64_t arrival = 0;
    bool others_asleep = false;  // somebody else had nothing to do, and would have taken it a moment later
  };

  // The first unclaimed task, if it has arrived by `now`. The door is handed over before this returns.
  Claim claim(std::int64_t now) {
    for (;;) {
      const std::uint32_t place = line_.next();
      if (place >= line_.size() || arrival(place) > now) return {};
      if (!line_.claim(place)) continue;
      const bool others_asleep = asleep_.load() > 0;
      if (place + 1 == line_.size())
        close();
      else if (others_asleep)
        set_alarm(arrival(place + 1));
      return {true, line_.task(place), arrival(place), others_asleep};
    }
  }

  // Wakes another sleeper, if there is one, for an arrival that the caller has no time for.
  void pass_on() {
    if (const std::int64_t next = next_arrival(); next != never && asleep_.load() > 0) set_alarm(next);
  }

  // Until the next arrival if nobody else takes it, until `deadline`, until the door closes, or less long.
  void sleep(int sleeper, std::int64_t deadline) {
    asleep_.fetch_add(1);
    for (;;) {
      const std::int64_t next = next_arrival();
      if (set_for_.load() != next) set_alarm(next);
      if (next_arrival() == next) break;
    }
    if (!closed_.load()) alarm_.sleep_until(sleeper, deadline);
    asleep_.fetch_sub(1);
  }

  // Nobody arrives any more: all have, or a step has failed. Whoever sleeps is woken.
  void close() {
    if (closed_.exchange(true)) return;
    line_.close();
    alarm_.end();
  }
  bool closed() const { return closed_.load(); }

 private:
  std::int64_t arrival(std::uint32_t place) const { return schedule_.arrival(line_.task(place)); }

  void set_alarm(std::int64_t at) {
    // Both or neither: what the alarm is thought to be set for is what it was set for last.
    const std::scoped_lock guard(setting_);
    alarm_.set(at);
    set_for_.store(at);
  }

  const Schedule& schedule_;
  Line& line_;
  Alarm& alarm_;
  alignas(apart) std::atomic<int> asleep_{0};
  std::mutex setting_;
  std::atomic<std::int64_t> set_for_{never};
  std::atomic<bool> closed_{false};
};

}  // namespace bookstore::backend
