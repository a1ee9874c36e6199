// What there is in a shop in virtual time, at a moment of its play (virtual_shop.cpp).
#pragma once

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

namespace bookstore::model::shop {

constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

inline std::int64_t later(std::int64_t time, std::int64_t ns) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(time, ns, &sum))
    throw std::invalid_argument(
        "virtual time ends after 292 years; ask for fewer tasks, shorter waits or smaller costs");
  return sum;
}

inline std::int64_t times(std::int64_t ns, std::uint32_t factor) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(ns, std::int64_t{factor}, &product) ? later(never, 1) : product;
}

// What a burst leads to.
enum class Then : std::uint8_t { look, claimed, begin, free_work_done, lock_done, let_in, door_look };

enum class State : std::uint8_t { ready, running, asleep, idle, blocked, ended };

struct BegunWait {
  std::int64_t over;
  std::uint64_t turn;  // in which it was begun
  std::uint32_t task;
  std::uint32_t step;
  std::int64_t entered;
};
// For a heap whose first is the next to be over.
struct OverLater {
  bool operator()(const BegunWait& a, const BegunWait& b) const {
    return a.over != b.over ? a.over > b.over : a.turn > b.turn;
  }
};

struct Worker {
  std::int64_t left = 0;   // of its burst
  std::int64_t owes = 0;   // for the next core that it is put on
  std::int64_t since = 0;  // this piece of the burst began
  std::int64_t slice_end = 0;
  std::int64_t entered = 0;          // its task was begun
  std::int64_t held_ns = 0;          // under each lock of its step
  std::int64_t until = never;        // it sleeps at a line that is watched
  std::int64_t asleep_from = never;  // the last time that it did
  std::int64_t woken_at = 0;
  std::uint32_t turn = 0;  // events of other turns are void
  std::uint32_t core = nobody;
  std::uint32_t line = 0;
  std::uint32_t counter = 0;  // of the line, that it claims from
  std::uint32_t others = 0;   // counters that it has not found empty, but for that one
  std::uint32_t task = 0;
  std::uint32_t step = 0;
  std::uint32_t section = 0;
  std::uint32_t before = nobody;  // in the list that it stands in, if any
  std::uint32_t behind = nobody;
  Then then = Then::look;
  State state = State::ready;
  bool listed = false;
  bool awaits_arrival = false;
  bool woken = false;    // and has not been on a core since
  bool at_line = false;  // asleep, and counted there
  bool watches = false;
  bool was_busy = false;
  std::vector<std::uint32_t> locks;
  std::vector<BegunWait> waits;
};

// First come, first served; a worker stands in one list at most.
class WorkerList {
 public:
  bool empty() const { return first_ == nobody; }
  std::uint32_t first() const { return first_; }
  void push(std::vector<Worker>& all, std::uint32_t id) {
    Worker& worker = all[id];
    worker.before = last_;
    worker.behind = nobody;
    worker.listed = true;
    (last_ == nobody ? first_ : all[last_].behind) = id;
    last_ = id;
  }
  void remove(std::vector<Worker>& all, std::uint32_t id) {
    Worker& worker = all[id];
    (worker.before == nobody ? first_ : all[worker.before].behind) = worker.behind;
    (worker.behind == nobody ? last_ : all[worker.behind].before) = worker.before;
    worker.listed = false;
  }
  std::uint32_t pop(std::vector<Worker>& all) {
    const std::uint32_t id = first_;
    remove(all, id);
    return id;
  }

 private:
  std::uint32_t first_ = nobody;
  std::uint32_t last_ = nobody;
};

// From which the places of a part of a line are claimed.
struct Counter {
  std::uint32_t next = 0;
  std::uint32_t end = 0;
  std::uint32_t claimed_by = nobody;  // core
  std::int64_t free = 0;              // from then on
  std::int64_t busy = 0;

  bool empty() const { return next == end; }
};

struct Line {
  std::vector<Counter> counters;  // one, or one for each worker who serves it
  std::uint32_t come = 0;         // of an open play with a door
  WorkerList idle;
  std::uint32_t asleep = 0;  // where one watches
  bool watched = false;
  std::int64_t alarm = never;
  std::uint32_t alarm_turn = 0;  // alarms of other turns are void
};

struct Lock {
  std::uint32_t owner = nobody;
  std::int64_t since = 0;
  std::int64_t busy = 0;
  WorkerList waiting;
};

struct Event {
  std::int64_t time;
  std::uint32_t who;  // lines, then workers, then the door
  std::uint32_t turn;
};
struct Later {
  bool operator()(const Event& a, const Event& b) const {
    return a.time != b.time ? a.time > b.time : a.who > b.who;
  }
};

}  // namespace bookstore::model::shop
