// The rules of the shop in virtual time (bench/model/virtual_shop.hpp) once more, by another algorithm: time
// passes one nanosecond at a time, everybody counts down what is left to do, and nobody keeps a deadline.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "bench/model/virtual_shop.hpp"

namespace bookstore::test {

struct ScriptedWork {
  std::int64_t free_ns = 0;
  std::int64_t held_ns = 0;
  std::vector<std::uint32_t> locks = {};
  std::int64_t wait = -1;
};

// The tasks of a play, and what came of it: one line for each release, begin and end.
struct ShopScript {
  std::vector<std::vector<ScriptedWork>> tasks;
  std::vector<std::int64_t> arrivals;
  std::vector<std::vector<std::uint32_t>> lines;  // tasks

  std::uint32_t line_of(std::uint32_t task) const {
    for (std::uint32_t line = 0; line < lines.size(); ++line)
      if (std::ranges::count(lines[line], task) > 0) return line;
    return 0;
  }
};

struct Happening {
  char what;  // r, b, e
  std::int64_t time;
  std::int64_t worker;  // of a release: -1
  std::uint32_t task;
  std::uint32_t step;
  friend bool operator==(const Happening&, const Happening&) = default;
};

class TickingShop {
 public:
  TickingShop(const model::ShopTeam& team, const model::ShopCosts& costs, const ShopScript& script)
      : team_(team), costs_(costs), script_(script), clerks_(team.workers + (team.door ? 1u : 0u)) {
    for (std::uint32_t core = 0; core < team.cores; ++core) free_.insert(free_.begin(), int(core));
    come_.resize(script.lines.size());
    next_.resize(script.lines.size());
    last_core_.resize(script.lines.size(), -1);
    counter_left_.resize(script.lines.size());
    sleepers_.resize(script.lines.size());
    woke_.resize(script.lines.size());
    owner_.resize(team.locks, -1);
    queue_.resize(team.locks);
    for (std::uint32_t id = 0; id < team.workers && !team.line_of.empty(); ++id)
      clerks_[id].line = team.line_of[id];
  }

  std::vector<Happening> happened;
  std::int64_t cpu = 0;
  std::uint64_t preemptions = 0;

  void run() {
    if (script_.tasks.empty()) return;
    if (team_.door) clerks_.back().next = Next::watch;
    for (std::size_t id = 0; id < clerks_.size(); ++id) ready(int(id));
    for (; done_ < script_.tasks.size(); ++now_) {
      while (act_once()) {
      }
      tick();
    }
  }

 private:
  enum class Next { look, start, worked, unlock, hand_over, watch };
  enum class Is { queued, on, dozing, out };  // out: till somebody calls
  struct Wait {
    std::int64_t left;
    std::uint32_t task, step;
  };
  struct Clerk {
    Is is = Is::queued;
    Next next = Next::look;
    int core = -1;
    std::int64_t left = 0, slice = 0, owed = 0, doze = 0;
    std::uint32_t line = 0, task = 0, step = 0, lock = 0;
    bool early = false;
    std::deque<Wait> waits;
  };

  void tick() {
    for (Clerk& clerk : clerks_) {
      if (clerk.is == Is::on) --clerk.left, --clerk.slice, ++cpu;
      if (clerk.is == Is::dozing) --clerk.doze;
      for (Wait& wait : clerk.waits) --wait.left;
    }
    for (std::int64_t& left : counter_left_) left = std::max<std::int64_t>(left - 1, 0);
  }

  // Whatever is due now and comes first; whether anything was.
  bool act_once() {
    if (done_ == script_.tasks.size()) return false;
    if (team_.open && team_.overlapped && !team_.door)
      for (std::size_t line = 0; line < come_.size(); ++line)
        if (come_[line] < script_.lines[line].size() &&
            script_.arrivals[script_.lines[line][come_[line]]] <= now_)
          return come(line), true;
    for (std::size_t id = 0; id < clerks_.size(); ++id) {
      Clerk& clerk = clerks_[id];
      if (clerk.is == Is::dozing && clerk.doze == 0) return wake(int(id)), true;
      if (clerk.is != Is::on || (clerk.left > 0 && clerk.slice > 0)) continue;
      if (clerk.left == 0)
        act(int(id));
      else
        carry_on(int(id));
      return true;
    }
    return false;
  }

  void ready(int id) {
    if (free_.empty()) {
      clerks_[id].is = Is::queued;
      return run_queue_.push_back(id);
    }
    take(free_.back(), id);
    free_.pop_back();
  }
  void take(int core, int id) {
    clerks_[id].core = core;
    clerks_[id].is = Is::on;
    clerks_[id].left += clerks_[id].owed;
    clerks_[id].slice = costs_.slice + std::exchange(clerks_[id].owed, 0);
  }
  void go_off(int id, Is is) {
    const int core = std::exchange(clerks_[id].core, -1);
    clerks_[id].is = is;
    if (run_queue_.empty()) return free_.push_back(core);
    const int first = run_queue_.front();
    run_queue_.pop_front();
    take(core, first);
  }
  void carry_on(int id) {
    Clerk& clerk = clerks_[id];
    if (clerk.slice > 0) return;
    if (run_queue_.empty()) {
      clerk.slice = costs_.slice;
      return;
    }
    ++preemptions;
    clerk.owed = costs_.switch_over;
    run_queue_.push_back(id);
    go_off(id, Is::queued);
  }
  void spend(int id, std::int64_t ns, Next next) {
    clerks_[id].left = ns;
    clerks_[id].next = next;
    carry_on(id);
  }
  void doze(int id, std::int64_t ns, std::int64_t then_ns, Next next) {
    clerks_[id].doze = ns + costs_.wake_up;
    clerks_[id].left = costs_.sleep + then_ns;
    clerks_[id].next = next;
    go_off(id, Is::dozing);
  }
  void wake(int id) {
    Clerk& clerk = clerks_[id];
    std::erase(sleepers_[clerk.line], id);
    if (std::exchange(clerk.early, false)) note('r', -1, clerk.task, 0);
    ready(id);
  }
  void note(char what, int id, std::uint32_t task, std::uint32_t step) {
    happened.push_back({what, now_, id, task, step});
  }

  void come(std::size_t line) {
    ++come_[line];
    woke_[line].push_back(!sleepers_[line].empty());
    if (sleepers_[line].empty()) return;
    Clerk& clerk = clerks_[sleepers_[line].front()];
    sleepers_[line].pop_front();
    clerk.is = Is::dozing;
    clerk.doze = costs_.wake_up;
  }

  void act(int id) {
    Clerk& clerk = clerks_[id];
    switch (clerk.next) {
      case Next::look:
        return look(id);
      case Next::start: {
        note('b', id, clerk.task, clerk.step);
        clerk.lock = 0;
        return spend(id, of(clerk).free_ns * (id == 0 ? team_.slow : 1), Next::worked);
      }
      case Next::worked:
        return lock_next(id);
      case Next::unlock: {
        const std::uint32_t lock = of(clerk).locks[clerk.lock++];
        owner_[lock] = -1;
        if (!queue_[lock].empty()) {
          owner_[lock] = queue_[lock].front();
          queue_[lock].pop_front();
          clerks_[owner_[lock]].is = Is::dozing;
          clerks_[owner_[lock]].doze = costs_.lock_handover;
        }
        return lock_next(id);
      }
      case Next::hand_over:
        come(script_.line_of(at_door_++));
        [[fallthrough]];
      case Next::watch:
        return watch(id);
    }
  }

  const ScriptedWork& of(const Clerk& clerk) const { return script_.tasks[clerk.task][clerk.step]; }

  void lock_next(int id) {
    Clerk& clerk = clerks_[id];
    if (clerk.lock == of(clerk).locks.size()) return finish_step(id);
    const std::uint32_t lock = of(clerk).locks[clerk.lock];
    clerk.left = costs_.lock + of(clerk).held_ns * (id == 0 ? team_.slow : 1);
    clerk.next = Next::unlock;
    if (owner_[lock] == -1) {
      owner_[lock] = id;
      return carry_on(id);
    }
    queue_[lock].push_back(id);
    go_off(id, Is::out);
  }

  void finish_step(int id) {
    Clerk& clerk = clerks_[id];
    const std::int64_t wait = of(clerk).wait;
    note('e', id, clerk.task, clerk.step);
    ++clerk.step;
    if (wait < 0) {
      ++done_;
      return look(id);
    }
    if (wait == 0) return act_start(id);
    if (!team_.overlapped) return doze(id, wait, 0, Next::start);
    // Kept in the order in which they will be over.
    const auto behind = std::ranges::upper_bound(clerk.waits, wait, {}, &Wait::left);
    clerk.waits.insert(behind, {wait, clerk.task, clerk.step});
    look(id);
  }
  void act_start(int id) {
    clerks_[id].next = Next::start;
    act(id);
  }

  void look(int id) {
    Clerk& clerk = clerks_[id];
    const auto& line = script_.lines[clerk.line];
    if (!clerk.waits.empty() && clerk.waits.front().left <= 0) {
      clerk.task = clerk.waits.front().task;
      clerk.step = clerk.waits.front().step;
      clerk.waits.pop_front();
      return spend(id, costs_.timer, Next::start);
    }
    const bool in_advance = team_.open && !team_.overlapped && !team_.door;
    const std::uint32_t share =
        team_.in_flight == model::ShopTeam::unlimited
            ? team_.in_flight
            : team_.in_flight / team_.workers + (std::uint32_t(id) < team_.in_flight % team_.workers ? 1 : 0);
    const bool room = !team_.overlapped || clerk.waits.size() < share;
    if (room && next_[clerk.line] < (team_.open && !in_advance ? come_[clerk.line] : line.size())) {
      std::int64_t ns = costs_.dispatch;
      int& last = last_core_[clerk.line];
      if (last != -1 && last != clerk.core) ns += counter_left_[clerk.line] += costs_.claim;
      last = clerk.core;
      clerk.task = line[next_[clerk.line]++];
      clerk.step = 0;
      if (in_advance && script_.arrivals[clerk.task] > now_) {
        clerk.early = true;
        return doze(id, script_.arrivals[clerk.task] - now_, ns, Next::start);
      }
      if (team_.open && !team_.door) {
        bool woken = false;
        if (!in_advance) {
          woken = woke_[clerk.line].front();
          woke_[clerk.line].pop_front();
        }
        happened.push_back({'r', woken ? now_ : script_.arrivals[clerk.task], -1, clerk.task, 0});
      }
      return spend(id, ns, Next::start);
    }
    const bool more = room && next_[clerk.line] < line.size();
    if (more) sleepers_[clerk.line].push_back(id);
    if (!clerk.waits.empty()) return doze(id, clerk.waits.front().left, 0, Next::look);
    clerk.left = costs_.sleep;
    clerk.next = Next::look;
    go_off(id, Is::out);
  }

  void watch(int id) {
    if (at_door_ == script_.tasks.size()) return go_off(id, Is::out);
    const std::int64_t left = script_.arrivals[at_door_] - now_;
    if (left > 0) return doze(id, left, 0, Next::watch);
    note('r', -1, at_door_, 0);
    spend(id, costs_.handover, Next::hand_over);
  }

  const model::ShopTeam& team_;
  const model::ShopCosts& costs_;
  const ShopScript& script_;
  std::vector<Clerk> clerks_;
  std::int64_t now_ = 0;
  std::size_t done_ = 0;
  std::uint32_t at_door_ = 0;
  std::vector<int> free_;
  std::deque<int> run_queue_;
  std::vector<std::uint32_t> come_, next_;
  std::vector<int> last_core_;
  std::vector<std::int64_t> counter_left_;
  std::vector<std::deque<int>> sleepers_;
  std::vector<std::deque<bool>> woke_;
  std::vector<int> owner_;
  std::vector<std::deque<int>> queue_;
};

}  // namespace bookstore::test
