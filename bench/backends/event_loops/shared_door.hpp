// The door of an open run that several loops keep together. One of the idle loops watches it: it sleeps until
// the next arrival by a timer of its own, which its own CPU serves. An alarm stands behind it, for the case
// that the watching loop has other work by then: it wakes another idle loop when an arrival has waited for as
// long as a few wake-ups take. So an arrival that an idle loop could take waits no longer than that for a
// loop at work, and while one loop keeps up no other is woken only to find the work done.
#pragma once

#include <algorithm>
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
// No arrival waits for longer than the alarm's grace() while a worker sleeps here. A worker that is about to
// sleep first adds itself to the count of sleepers, then reads which arrival is the next, and sets the alarm
// unless it will go off in time. A worker that claims an arrival first moves the line on, and then, if it
// sees a sleeper, sees to the alarm in the same way for the following arrival. All of this is sequentially
// consistent: either the claiming worker sees the sleeper, or the sleeper sees that the line has moved on.
// The alarm may go off too early, as a worker was overtaken that set it, or as setting it anew for each
// arrival would cost more: then a sleeper wakes in vain and sets it. It never goes off too late, since the
// line only moves forward. (Where a schedule is hurried meanwhile, a worker sleeps on until the arrival that
// was to be the next.)
template <class Alarm>
class SharedDoor {
 public:
  SharedDoor(const Schedule& schedule, Line& line, Alarm& alarm)
      : schedule_(schedule), line_(line), alarm_(alarm), grace_(alarm.grace()) {
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
        see_to_alarm(place + 1, now, grace_ / 2);
      return {true, line_.task(place), arrival(place), others_asleep};
    }
  }

  // To be called by a worker who has other work first: it may have been woken for an arrival.
  void pass_on(std::int64_t now) {
    if (asleep_.load() == 0) return;
    if (const std::uint32_t place = line_.next(); place < line_.size()) see_to_alarm(place, now, 0);
  }

  // Until the next arrival if nobody else watches, until `deadline`, until the door closes, or less long.
  void sleep(int sleeper, std::int64_t deadline) {
    asleep_.fetch_add(1);
    std::int64_t next = never;
    do {
      next = next_arrival();
      const std::int64_t latest = next == never ? never : next + grace_;
      if (!goes_off_within(next, latest)) set_alarm(latest);
    } while (next_arrival() != next);
    const bool watches = !watched_.exchange(true);
    if (!closed_.load()) alarm_.sleep_until(sleeper, watches ? std::min(deadline, next) : deadline);
    if (watches) watched_.store(false);
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

  // Sets the alarm for that arrival unless it goes off in time, and not before `spare` has passed: so not
  // each claim has to set it.
  void see_to_alarm(std::uint32_t place, std::int64_t now, std::int64_t spare) {
    const std::int64_t latest = arrival(place) + grace_;
    if (!goes_off_within(std::max(now + 1, std::min(now + spare, latest)), latest)) set_alarm(latest);
  }
  bool goes_off_within(std::int64_t earliest, std::int64_t latest) const {
    const std::int64_t at = goes_off_at_.load();
    return earliest <= at && at <= latest;
  }
  void set_alarm(std::int64_t at) {
    // Both or neither: what the alarm is thought to be set to is what it was set to last.
    const std::scoped_lock guard(setting_);
    alarm_.set(at);
    goes_off_at_.store(at);
  }

  const Schedule& schedule_;
  Line& line_;
  Alarm& alarm_;
  const std::int64_t grace_;
  alignas(apart) std::atomic<int> asleep_{0};
  std::mutex setting_;
  std::atomic<std::int64_t> goes_off_at_{never};
  std::atomic<bool> watched_{false};  // by a sleeper who wakes for the next arrival
  std::atomic<bool> closed_{false};
};

}  // namespace bookstore::backend
