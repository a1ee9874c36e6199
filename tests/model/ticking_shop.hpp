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
    unused_.resize(team.cores);
    come_.resize(script.lines.size());
    heaps_.resize(script.lines.size());
    sleepers_.resize(script.lines.size());
    watcher_.resize(script.lines.size(), -1);
    alarm_.resize(script.lines.size(), -1);
    armed_.resize(script.lines.size());
    owner_.resize(team.locks, -1);
    queue_.resize(team.locks);
    for (std::uint32_t id = 0; id < team.workers && !team.line_of.empty(); ++id)
      clerks_[id].line = team.line_of[id];
    deal_out();
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
  enum class Next { look, claimed, start, worked, unlock, hand_over, watch };
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
    bool drowsy = false;                  // since it dozed off, it was on no core
    bool by_door = false;                 // asleep where somebody watches
    std::int64_t shut = -1, opened = -1;  // its eyes, there
    std::deque<Wait> waits;
  };

  // What is claimed from one counter.
  struct Heap {
    std::deque<std::uint32_t> tasks;
    int last_core = -1;
    std::int64_t left = 0;  // till the counter is free
  };

  // A heap for all who serve a line, or one for each; a worker's own is the one of his number.
  void deal_out() {
    for (std::size_t line = 0; line < heaps_.size(); ++line) {
      std::vector<std::size_t> sizes(1);
      if (team_.parts && !team_.open) sizes.resize(std::max<std::size_t>(servers(line).size(), 1));
      for (std::size_t task = 0; task < script_.lines[line].size(); ++task) ++sizes[task % sizes.size()];
      auto next = script_.lines[line].begin();
      for (const std::size_t size : sizes) {
        heaps_[line].push_back({.tasks = {next, next + std::ptrdiff_t(size)}});
        next += std::ptrdiff_t(size);
      }
    }
  }
  std::vector<int> servers(std::size_t line) const {
    std::vector<int> found;
    for (std::uint32_t id = 0; id < team_.workers; ++id)
      if (clerks_[id].line == line) found.push_back(int(id));
    return found;
  }
  // The first of them that is not empty, from the worker's own on; none: all are.
  Heap* heap_for(int id) {
    auto& heaps = heaps_[clerks_[id].line];
    const std::vector<int> all = servers(clerks_[id].line);
    const auto own = std::size_t(std::ranges::find(all, id) - all.begin());
    for (std::size_t i = 0; i < heaps.size(); ++i)
      if (Heap& heap = heaps[(own + i) % heaps.size()]; !heap.tasks.empty()) return &heap;
    return nullptr;
  }

  void tick() {
    for (Clerk& clerk : clerks_) {
      if (clerk.is == Is::on) --clerk.left, --clerk.slice, ++cpu;
      if (clerk.is == Is::dozing) --clerk.doze;
      for (Wait& wait : clerk.waits) --wait.left;
    }
    for (const int core : free_) ++unused_[core];
    for (auto& heaps : heaps_)
      for (Heap& heap : heaps) heap.left = std::max<std::int64_t>(heap.left - 1, 0);
  }

  // Whatever is due now and comes first; whether anything was.
  bool act_once() {
    if (done_ == script_.tasks.size()) return false;
    for (std::size_t line = 0; line < armed_.size(); ++line)
      if (armed_[line] && alarm_[line] <= now_) return ring(line), true;
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
    if (std::exchange(clerks_[id].drowsy, false))
      clerks_[id].left += std::max<std::int64_t>(costs_.sleep + costs_.idle - unused_[free_.back()], 0);
    take(free_.back(), id);
    free_.pop_back();
  }
  void take(int core, int id) {
    clerks_[id].core = core;
    clerks_[id].is = Is::on;
    clerks_[id].left += clerks_[id].owed + (std::exchange(clerks_[id].drowsy, false) ? costs_.sleep : 0);
    clerks_[id].slice = costs_.slice + std::exchange(clerks_[id].owed, 0);
  }
  void go_off(int id, Is is) {
    const int core = std::exchange(clerks_[id].core, -1);
    clerks_[id].is = is;
    if (run_queue_.empty()) {
      unused_[core] = 0;
      return free_.push_back(core);
    }
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
    clerks_[id].left = then_ns;
    clerks_[id].drowsy = true;
    clerks_[id].next = next;
    go_off(id, Is::dozing);
  }
  void wake(int id) {
    Clerk& clerk = clerks_[id];
    std::erase(sleepers_[clerk.line], id);
    if (std::exchange(clerk.by_door, false)) {
      clerk.opened = now_;
      if (watcher_[clerk.line] == id) watcher_[clerk.line] = -1;
    }
    if (std::exchange(clerk.early, false)) note('r', -1, clerk.task, 0);
    ready(id);
  }
  void note(char what, int id, std::uint32_t task, std::uint32_t step) {
    happened.push_back({what, now_, id, task, step});
  }

  void come(std::size_t line) {
    ++come_[line];
    if (sleepers_[line].empty()) return;
    call(sleepers_[line].front());
    sleepers_[line].pop_front();
  }
  void call(int id) {
    clerks_[id].is = Is::dozing;
    clerks_[id].doze = costs_.wake_up;
  }

  bool watched() const { return team_.open && team_.overlapped && !team_.door; }
  bool anybody_by_door(std::size_t line) const {
    return std::ranges::any_of(clerks_, [&](const Clerk& each) { return each.by_door && each.line == line; });
  }
  std::int64_t following(std::size_t line) const { return script_.arrivals[heaps_[line][0].tasks.front()]; }
  // It is to ring no later than `latest`, and is left alone if it will by then, and not before `soonest`.
  void arm(std::size_t line, std::int64_t soonest, std::int64_t latest) {
    if (soonest <= alarm_[line] && alarm_[line] <= latest) return;
    alarm_[line] = latest;
    armed_[line] = true;
  }
  void arm_in_passing(std::size_t line, std::int64_t spare) {
    if (heaps_[line][0].tasks.empty() || !anybody_by_door(line)) return;
    const std::int64_t latest = following(line) + costs_.grace;
    arm(line, std::max(now_ + 1, std::min(now_ + spare, latest)), latest);
  }
  void ring(std::size_t line) {
    armed_[line] = false;
    const auto sleeps_on = [&](int id) {
      return clerks_[id].is == Is::out || clerks_[id].doze > costs_.wake_up;
    };
    const auto found = std::ranges::find_if(sleepers_[line], sleeps_on);
    if (found == sleepers_[line].end()) return;
    call(*found);
    sleepers_[line].erase(found);
  }
  void lie_down(int id) {
    Clerk& clerk = clerks_[id];
    const std::int64_t comes = following(clerk.line);
    arm(clerk.line, comes, comes + costs_.grace);
    clerk.by_door = true;
    clerk.shut = now_;
    sleepers_[clerk.line].push_back(id);
    std::vector<std::int64_t> reasons;
    if (!clerk.waits.empty()) reasons.push_back(clerk.waits.front().left);
    if (watcher_[clerk.line] == -1) {
      watcher_[clerk.line] = id;
      reasons.push_back(comes - now_);
    }
    if (!reasons.empty()) return doze(id, std::ranges::min(reasons), 0, Next::look);
    doze_off(id);
  }
  void doze_off(int id) {
    clerks_[id].left = 0;
    clerks_[id].drowsy = true;
    clerks_[id].next = Next::look;
    go_off(id, Is::out);
  }

  void act(int id) {
    Clerk& clerk = clerks_[id];
    switch (clerk.next) {
      case Next::look:
        return look(id);
      case Next::claimed: {
        const std::int64_t comes = script_.arrivals[clerk.task];
        clerk.early = comes > now_;
        if (clerk.early) return doze(id, comes - now_, 0, Next::start);
        happened.push_back({'r', comes, -1, clerk.task, 0});
        return act_start(id);
      }
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
    if (!clerk.waits.empty() && clerk.waits.front().left <= 0) {
      clerk.task = clerk.waits.front().task;
      clerk.step = clerk.waits.front().step;
      clerk.waits.pop_front();
      if (watched()) arm_in_passing(clerk.line, 0);
      return spend(id, costs_.timer, Next::start);
    }
    const bool in_advance = team_.open && !team_.overlapped && !team_.door;
    const std::uint32_t share =
        team_.in_flight == model::ShopTeam::unlimited
            ? team_.in_flight
            : team_.in_flight / team_.workers + (std::uint32_t(id) < team_.in_flight % team_.workers ? 1 : 0);
    const bool room = !team_.overlapped || clerk.waits.size() < share;
    Heap* const heap = heap_for(id);
    const bool left = room && heap != nullptr;
    if (left && (watched() ? following(clerk.line) <= now_ : !team_.door || come_[clerk.line] > 0)) {
      std::int64_t ns = costs_.dispatch;
      if (heap->last_core != -1 && heap->last_core != clerk.core) ns += heap->left += costs_.claim;
      heap->last_core = clerk.core;
      clerk.task = heap->tasks.front();
      heap->tasks.pop_front();
      if (team_.door) --come_[clerk.line];
      clerk.step = 0;
      if (in_advance) return spend(id, ns, Next::claimed);
      if (team_.open && !team_.door) {
        std::int64_t let_in = script_.arrivals[clerk.task];
        if (watched() && clerk.shut != -1 && clerk.shut <= let_in && let_in <= clerk.opened)
          let_in = clerk.opened;
        else if (watched() && anybody_by_door(clerk.line))
          let_in = now_;
        happened.push_back({'r', let_in, -1, clerk.task, 0});
        if (watched()) arm_in_passing(clerk.line, costs_.grace / 2);
      }
      return spend(id, ns, Next::start);
    }
    if (left && watched()) return lie_down(id);
    if (left) sleepers_[clerk.line].push_back(id);
    if (!clerk.waits.empty()) return doze(id, clerk.waits.front().left, 0, Next::look);
    doze_off(id);
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
  std::vector<std::int64_t> unused_;
  std::deque<int> run_queue_;
  std::vector<std::uint32_t> come_;  // and not claimed
  std::vector<std::vector<Heap>> heaps_;
  std::vector<std::deque<int>> sleepers_;
  std::vector<int> watcher_;
  std::vector<std::int64_t> alarm_;
  std::vector<char> armed_;
  std::vector<int> owner_;
  std::vector<std::deque<int>> queue_;
};

}  // namespace bookstore::test
