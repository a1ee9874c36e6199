#include "bench/model/virtual_shop.hpp"

#include <algorithm>
#include <queue>
#include <stdexcept>
#include <string>

#include "bench/model/shop_state.hpp"

namespace bookstore::model {

namespace {

using namespace shop;

class Play {
 public:
  Play(const ShopTeam& team, const ShopCosts& costs, ShopTasks& tasks, std::int64_t& clock)
      : team_(team),
        costs_(costs),
        tasks_(tasks),
        clock_(clock),
        advance_claims_(team.open && !team.overlapped && !team.door),
        watched_(team.open && team.overlapped && !team.door),
        locks_(team.locks) {
    workers_.resize(team.workers + (team.door ? 1 : 0));
    for (std::uint32_t id = 0; id < team.workers && !team.line_of.empty(); ++id)
      workers_[id].line = team.line_of[id];
    for (const std::uint32_t size : team.line_sizes) {
      lines_.emplace_back();
      unfinished_ += size;
    }
    make_counters();
    for (std::uint32_t core = team.cores; core-- > 0;)
      if (core < workers_.size()) free_cores_.push_back(core);
    free_since_.assign(free_cores_.size(), clock);
    figures_.begin = figures_.end = clock;
    figures_.tasks = unfinished_;
  }

  ShopFigures run() {
    if (unfinished_ == 0) return figures_;
    if (team_.door) workers_.back().then = Then::door_look;
    for (std::uint32_t id = 0; id < workers_.size(); ++id) make_ready(id);
    while (!events_.empty()) {
      const Event event = events_.top();
      events_.pop();
      if (event.who < lines_.size()) {
        if (event.turn != lines_[event.who].alarm_turn) continue;
        pass_to(event.time);
        ring(lines_[event.who]);
        continue;
      }
      const auto id = event.who - static_cast<std::uint32_t>(lines_.size());
      if (event.turn != workers_[id].turn) continue;
      pass_to(event.time);
      if (workers_[id].state == State::running)
        end_piece(id);
      else
        wake(id);
    }
    prove();
    return figures_;
  }

 private:
  void make_counters() {
    const bool parts = team_.parts && !team_.open;
    for (std::uint32_t id = 0; id < team_.workers && parts; ++id) {
      auto& counters = lines_.at(workers_[id].line).counters;
      workers_[id].counter = static_cast<std::uint32_t>(counters.size());
      counters.emplace_back();
    }
    for (std::size_t line = 0; line < lines_.size(); ++line) {
      auto& counters = lines_[line].counters;
      if (counters.empty()) counters.emplace_back();
      const auto all = static_cast<std::uint32_t>(counters.size());
      std::uint32_t next = 0;
      for (std::uint32_t i = 0; i < all; ++i) {
        counters[i].next = next;
        counters[i].end = next += team_.line_sizes[line] / all + (i < team_.line_sizes[line] % all ? 1 : 0);
      }
    }
    for (Worker& worker : workers_)
      worker.others = static_cast<std::uint32_t>(lines_[worker.line].counters.size()) - 1;
  }

  // --- time ---

  void pass_to(std::int64_t time) {
    // Modulo 2^64: only compared with another sum of the same kind.
    begun_area_ += begun_ * static_cast<std::uint64_t>(time - clock_);
    clock_ = time;
  }
  void schedule(std::uint32_t id, std::int64_t time) {
    events_.push({time, id + static_cast<std::uint32_t>(lines_.size()), ++workers_[id].turn});
  }

  // --- cores ---

  void make_ready(std::uint32_t id) {
    if (free_cores_.empty()) {
      workers_[id].state = State::ready;
      ready_.push(workers_, id);
      return;
    }
    const std::uint32_t core = free_cores_.back();
    free_cores_.pop_back();
    if (workers_[id].woken) {
      const std::int64_t most = later(costs_.sleep, costs_.idle);
      const std::int64_t spent = std::min(most, clock_ - free_since_[core]);
      figures_.cpu_ns = later(figures_.cpu_ns, spent);
      if (id == team_.workers) figures_.door_cpu_ns += spent;
      wake_for(id, most - spent);
    }
    put_on(core, id);
  }
  void wake_for(std::uint32_t id, std::int64_t ns) {
    workers_[id].left = later(workers_[id].left, ns);
    workers_[id].woken = false;
  }
  void put_on(std::uint32_t core, std::uint32_t id) {
    Worker& worker = workers_[id];
    worker.core = core;
    worker.state = State::running;
    if (worker.woken) wake_for(id, costs_.sleep);
    worker.left = later(worker.left, worker.owes);
    worker.slice_end = later(clock_, later(worker.owes, costs_.slice));
    worker.owes = 0;
    go_on(id);
  }
  void leave_core(std::uint32_t id, State state) {
    Worker& worker = workers_[id];
    const std::uint32_t core = worker.core;
    worker.core = nobody;
    worker.state = state;
    if (ready_.empty()) {
      free_cores_.push_back(core);
      free_since_[core] = clock_;
    } else {
      put_on(core, ready_.pop(workers_));
    }
  }
  // With its burst, on its core.
  void go_on(std::uint32_t id) {
    Worker& worker = workers_[id];
    if (clock_ >= worker.slice_end) {
      if (!ready_.empty()) {
        ++figures_.preemptions;
        worker.owes = costs_.switch_over;
        ready_.push(workers_, id);
        return leave_core(id, State::ready);
      }
      worker.slice_end = later(clock_, costs_.slice);
    }
    worker.since = clock_;
    schedule(id, std::min(later(clock_, worker.left), worker.slice_end));
  }
  void burst(std::uint32_t id, std::int64_t ns, Then then) {
    workers_[id].left = ns;
    workers_[id].then = then;
    go_on(id);
  }
  void end_piece(std::uint32_t id) {
    Worker& worker = workers_[id];
    const std::int64_t spent = clock_ - worker.since;
    figures_.cpu_ns = later(figures_.cpu_ns, spent);
    if (id == team_.workers) figures_.door_cpu_ns += spent;
    worker.left -= spent;
    if (worker.left > 0) return go_on(id);
    switch (worker.then) {
      case Then::look:
        return look(id);
      case Then::claimed:
        return await_arrival(id);
      case Then::begin:
        return begin_step(id);
      case Then::free_work_done:
        return go_on_to_lock(id);
      case Then::lock_done:
        leave_lock(worker.locks[worker.section++]);
        return go_on_to_lock(id);
      case Then::let_in:
        let_in();
        return door_look(id);
      case Then::door_look:
        return door_look(id);
    }
  }

  // --- sleep ---

  // Off its core until then; it goes on with a burst that leads to `then`.
  void sleep_until(std::uint32_t id, std::int64_t time, std::int64_t ns, Then then) {
    fall_asleep(id, ns, then);
    workers_[id].state = State::asleep;
    schedule(id, later(time, costs_.wake_up));
  }
  // Until somebody wakes it.
  void fall_asleep(std::uint32_t id, std::int64_t ns, Then then) {
    ++figures_.sleeps;
    workers_[id].left = ns;
    workers_[id].woken = true;
    workers_[id].then = then;
    leave_core(id, State::idle);
  }
  void wake(std::uint32_t id) {
    Worker& worker = workers_[id];
    if (worker.listed) lines_[worker.line].idle.remove(workers_, id);
    if (worker.at_line) leave_line(worker);
    if (worker.awaits_arrival) {
      worker.awaits_arrival = false;
      tasks_.released(worker.task, clock_);
      count_begun(worker);
    }
    make_ready(id);
  }
  void wake_up(std::uint32_t id) {
    workers_[id].state = State::asleep;
    schedule(id, later(clock_, costs_.wake_up));
  }

  // --- tasks ---

  void look(std::uint32_t id) {
    Worker& worker = workers_[id];
    Line& line = lines_[worker.line];
    if (!worker.waits.empty() && worker.waits.front().over <= clock_) {
      std::ranges::pop_heap(worker.waits, OverLater{});
      const BegunWait& over = worker.waits.back();
      worker.task = over.task;
      worker.step = over.step;
      worker.entered = over.entered;
      worker.waits.pop_back();
      if (line.asleep > 0) see_to_alarm(line, 0);
      return burst(id, costs_.timer, Then::begin);
    }
    const bool full = team_.overlapped && worker.waits.size() >= share_of(id);
    const bool more = !full && !counter_for(worker).empty() && !tasks_.stopped();
    if (more && has_come(line)) return claim(id);
    if (more && watched_) return sleep_at(line, id);
    if (more) line.idle.push(workers_, id);
    if (!worker.waits.empty())
      sleep_until(id, worker.waits.front().over, 0, Then::look);
    else if (more)
      fall_asleep(id, 0, Then::look);
    else
      leave_core(id, State::ended);
  }

  std::uint32_t share_of(std::uint32_t id) const {
    if (team_.in_flight == ShopTeam::unlimited) return team_.in_flight;
    return team_.in_flight / team_.workers + (id < team_.in_flight % team_.workers ? 1 : 0);
  }

  // The one that it claims from, which is empty only if all are.
  Counter& counter_for(Worker& worker) {
    auto& counters = lines_[worker.line].counters;
    for (; counters[worker.counter].empty() && worker.others > 0; --worker.others)
      worker.counter = worker.counter + 1 == counters.size() ? 0 : worker.counter + 1;
    return counters[worker.counter];
  }

  void claim(std::uint32_t id) {
    Worker& worker = workers_[id];
    Line& line = lines_[worker.line];
    Counter& counter = line.counters[worker.counter];
    std::int64_t ns = costs_.dispatch;
    if (counter.claimed_by != nobody && counter.claimed_by != worker.core) {
      const std::int64_t claimed = later(std::max(clock_, counter.free), costs_.claim);
      counter.free = claimed;
      counter.busy += costs_.claim;
      ns = later(ns, claimed - clock_);
    }
    counter.claimed_by = worker.core;
    worker.task = tasks_.task_at(worker.line, counter.next++);
    worker.step = 0;
    worker.was_busy = true;
    if (!team_.open) return enter(id, ns);
    if (advance_claims_) return burst(id, ns, Then::claimed);
    if (watched_) {
      const std::int64_t arrival = tasks_.arrival(worker.task);
      const bool slept_through = worker.asleep_from <= arrival && arrival <= worker.woken_at;
      const bool others_asleep = line.asleep > 0;
      tasks_.released(worker.task, slept_through ? worker.woken_at : others_asleep ? clock_ : arrival);
      if (others_asleep) see_to_alarm(line, costs_.grace / 2);
    }
    enter(id, ns);
  }

  // Of a task that may be yet to come.
  void await_arrival(std::uint32_t id) {
    Worker& worker = workers_[id];
    const std::int64_t arrival = tasks_.arrival(worker.task);
    if (arrival > clock_) {
      worker.awaits_arrival = true;
      return sleep_until(id, arrival, 0, Then::begin);
    }
    tasks_.released(worker.task, arrival);
    count_begun(worker);
    begin_step(id);
  }

  void count_begun(Worker& worker) {
    worker.entered = clock_;
    figures_.most_begun = std::max(figures_.most_begun, ++begun_);
  }
  void enter(std::uint32_t id, std::int64_t ns) {
    count_begun(workers_[id]);
    burst(id, ns, Then::begin);
  }
  void leave(Worker& worker) {
    stays_ += static_cast<std::uint64_t>(clock_ - worker.entered);
    --begun_;
  }

  void begin_step(std::uint32_t id) {
    Worker& worker = workers_[id];
    if (worker.step == 0 && tasks_.stopped()) {
      leave(worker);
      return look(id);
    }
    worker.locks.clear();
    worker.section = 0;
    const ShopWork work = tasks_.begin(id, worker.task, worker.step, worker.locks);
    const std::uint32_t factor = id == 0 ? team_.slow : 1;
    worker.held_ns = times(work.held_ns, factor);
    burst(id, times(work.free_ns, factor), Then::free_work_done);
  }

  void go_on_to_lock(std::uint32_t id) {
    Worker& worker = workers_[id];
    if (worker.section == worker.locks.size()) return end_step(id);
    Lock& lock = locks_.at(worker.locks[worker.section]);
    worker.then = Then::lock_done;
    worker.left = later(costs_.lock, worker.held_ns);
    if (lock.owner == nobody) {
      lock.owner = id;
      lock.since = clock_;
      return go_on(id);
    }
    ++figures_.sleeps;
    lock.waiting.push(workers_, id);
    leave_core(id, State::blocked);
  }

  void leave_lock(std::uint32_t number) {
    Lock& lock = locks_[number];
    lock.busy += clock_ - lock.since;
    lock.since = clock_;
    lock.owner = nobody;
    if (lock.waiting.empty()) return;
    lock.owner = lock.waiting.pop(workers_);
    workers_[lock.owner].state = State::asleep;
    schedule(lock.owner, later(clock_, costs_.lock_handover));
  }

  void end_step(std::uint32_t id) {
    Worker& worker = workers_[id];
    const std::int64_t wait = tasks_.end(id, worker.task, worker.step);
    ++worker.step;
    if (wait < 0) {
      leave(worker);
      --unfinished_;
      figures_.end = clock_;
      return look(id);
    }
    if (wait == 0) return begin_step(id);
    if (!team_.overlapped) return sleep_until(id, later(clock_, wait), 0, Then::begin);
    worker.waits.push_back({later(clock_, wait), next_wait_++, worker.task, worker.step, worker.entered});
    std::ranges::push_heap(worker.waits, OverLater{});
    look(id);
  }

  // --- arrivals ---

  // Of the first task that nobody has claimed. In an open play a line has one counter.
  std::int64_t next_arrival(std::uint32_t line) {
    return tasks_.arrival(tasks_.task_at(line, lines_[line].counters[0].next));
  }
  std::int64_t next_arrival(const Line& line) {
    return next_arrival(static_cast<std::uint32_t>(&line - lines_.data()));
  }
  bool has_come(const Line& line) {
    if (watched_) return next_arrival(line) <= clock_;
    return !team_.door || line.counters[0].next < line.come;
  }

  void sleep_at(Line& line, std::uint32_t id) {
    Worker& worker = workers_[id];
    const std::int64_t arrival = next_arrival(line);
    const std::int64_t latest = later(arrival, costs_.grace);
    if (line.alarm < arrival || line.alarm > latest) set_alarm(line, latest);
    worker.until = worker.waits.empty() ? never : worker.waits.front().over;
    worker.watches = !line.watched;
    if (worker.watches) {
      line.watched = true;
      worker.until = std::min(worker.until, arrival);
    }
    worker.asleep_from = clock_;
    worker.at_line = true;
    ++line.asleep;
    line.idle.push(workers_, id);
    if (worker.until == never)
      fall_asleep(id, 0, Then::look);
    else
      sleep_until(id, worker.until, 0, Then::look);
  }
  void leave_line(Worker& worker) {
    Line& line = lines_[worker.line];
    worker.at_line = false;
    worker.woken_at = clock_;
    --line.asleep;
    if (worker.watches) line.watched = false;
    worker.watches = false;
  }

  // For the next arrival, unless the alarm goes off in time, and not before `spare` has passed.
  void see_to_alarm(Line& line, std::int64_t spare) {
    if (line.counters[0].empty() || tasks_.stopped()) return;
    const std::int64_t latest = later(next_arrival(line), costs_.grace);
    const std::int64_t earliest = std::max(clock_ + 1, std::min(later(clock_, spare), latest));
    if (line.alarm < earliest || line.alarm > latest) set_alarm(line, latest);
  }
  void set_alarm(Line& line, std::int64_t time) {
    line.alarm = time;
    events_.push(
        {std::max(clock_, time), static_cast<std::uint32_t>(&line - lines_.data()), ++line.alarm_turn});
  }
  // Whose own time has come is waking already.
  void ring(Line& line) {
    std::uint32_t id = line.idle.first();
    while (id != nobody && workers_[id].until <= clock_) id = workers_[id].behind;
    if (id == nobody) return;
    line.idle.remove(workers_, id);
    wake_up(id);
  }

  void come(Line& line) {
    ++line.come;
    if (!line.idle.empty()) wake_up(line.idle.pop(workers_));
  }

  void door_look(std::uint32_t id) {
    if (next_at_door_ == figures_.tasks || tasks_.stopped()) return leave_core(id, State::ended);
    const std::int64_t arrival = tasks_.arrival(next_at_door_);
    if (arrival > clock_) return sleep_until(id, arrival, 0, Then::door_look);
    tasks_.released(next_at_door_, clock_);
    burst(id, costs_.handover, Then::let_in);
  }
  void let_in() { come(lines_[tasks_.line_of(next_at_door_++)]); }

  // --- proof ---

  void prove() {
    const auto law = [](bool holds, const char* what) {
      if (!holds) throw std::logic_error(std::string("the shop in virtual time breaks a law: ") + what);
    };
    for (const Worker& worker : workers_) figures_.busy_workers += worker.was_busy ? 1 : 0;
    for (const Line& line : lines_)
      for (const Counter& counter : line.counters)
        figures_.claim_busy_ns = std::max(figures_.claim_busy_ns, counter.busy);
    for (const Lock& lock : locks_) figures_.lock_busy_ns = std::max(figures_.lock_busy_ns, lock.busy);
    law(begun_ == 0 && (unfinished_ == 0 || tasks_.stopped()), "a task was lost");
    // Source: J. D. C. Little, "A proof for the queuing formula L = lambda W", 1961.
    law(begun_area_ == stays_, "tasks in hand over time are not the sum of their stays");
    const auto span = static_cast<double>(clock_ - figures_.begin);
    law(static_cast<double>(figures_.cpu_ns) <= span * team_.cores * (1 + 1e-12) + 1,
        "more CPU than the cores have");
    const auto ran = static_cast<double>(figures_.end - figures_.begin);
    if (ran > 0) figures_.mean_begun = static_cast<double>(stays_) / ran;
  }

  const ShopTeam& team_;
  const ShopCosts& costs_;
  ShopTasks& tasks_;
  std::int64_t& clock_;
  const bool advance_claims_;
  const bool watched_;
  std::vector<Line> lines_;
  std::vector<Lock> locks_;
  std::vector<Worker> workers_;  // the door last
  std::vector<std::uint32_t> free_cores_;
  std::vector<std::int64_t> free_since_;  // by core
  WorkerList ready_;
  std::priority_queue<Event, std::vector<Event>, Later> events_;
  std::uint32_t next_at_door_ = 0;
  std::uint64_t next_wait_ = 0;
  std::uint64_t unfinished_ = 0;
  std::uint64_t begun_ = 0;
  std::uint64_t begun_area_ = 0;
  std::uint64_t stays_ = 0;
  ShopFigures figures_;
};

void check(const ShopTeam& team, const ShopCosts& costs) {
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(what);
  };
  require(team.cores > 0, "a shop in virtual time needs a core");
  require(team.workers > 0, "a shop in virtual time needs a worker");
  require(!team.line_sizes.empty(), "a shop in virtual time needs a line of tasks");
  require(team.line_of.empty() || team.line_of.size() == team.workers, "each worker serves one line");
  require(team.slow > 0, "slow is how many times as long the first worker takes; give 1 or more");
  require(team.open || !team.door, "a door is for tasks that arrive");
  require(team.in_flight >= team.workers || team.line_sizes.size() == 1,
          "with several lines each worker needs a task in flight; raise in_flight");
  require(costs.slice > 0, "a time slice is longer than nothing");
  for (const std::int64_t ns :
       {costs.dispatch, costs.claim, costs.timer, costs.sleep, costs.wake_up, costs.switch_over, costs.lock,
        costs.lock_handover, costs.handover, costs.grace, costs.idle})
    require(ns >= 0, "a cost is zero or more nanoseconds");
}

}  // namespace

ShopFigures play_shop(const ShopTeam& team, const ShopCosts& costs, ShopTasks& tasks, std::int64_t& clock) {
  check(team, costs);
  return Play(team, costs, tasks, clock).run();
}

}  // namespace bookstore::model
