// The shop in virtual time, as a backend: the job's real steps are run, one after the other on the caller's
// thread, in the order and at the times that the model (bench/model/virtual_shop.hpp) gives them on so many
// cores. So a run ends in the digest that all end in, and its times are the model's.
//
// It plays another backend: what that one does with a wait, whether it has a door, and whether its workers
// claim from one counter or each from a part of its own first. Workers never share a core by chance as long
// as there are enough: pins change nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "bench/backends/simulated/played.hpp"
#include "bench/seam/lines.hpp"
#include "bench/seam/run.hpp"

namespace bookstore::backend {

class Simulated {
 public:
  // Whatever can be wished for: what the backend that it plays cannot be is refused before.
  static constexpr BackendTraits traits{.name = "simulated",
                                        .waits = Waits::blocking,
                                        .single_threaded = false,
                                        .submitter = false,
                                        .roles = true,
                                        .door = true,
                                        .static_split = true,
                                        .time = Time::virtual_time};

  // Throws std::invalid_argument for a team that plays nothing.
  explicit Simulated(const Team& team, Load load = Load::closed);
  int workers() const { return workers_; }
  // -1 is the door.
  int worker() const { return worker_; }

  // Time goes on from run to run.
  class Clock {
   public:
    explicit Clock(const std::int64_t& now) : now_(&now) {}
    std::int64_t now() const { return *now_; }

   private:
    const std::int64_t* now_;
  };
  Clock clock() const { return Clock(*now_); }
  const Played& played() const { return *played_; }
  // Of the last run.
  const model::ShopFigures& figures() const { return figures_; }

  // A wait is time on the backend's own clock: the waiter is not asked.
  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, AllAtOnce door, P probe = {}, W = {}) {
    return play(job, nullptr, door.in_flight, probe);
  }
  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, const Schedule& door, P probe = {}, W = {}) {
    return play(job, &door, AllAtOnce::unlimited, probe);
  }

 private:
  // A job as the model asks for it.
  template <Job J, Probe P>
  class Tasks final : public model::ShopTasks {
   public:
    Tasks(Simulated& backend, J& job, const Schedule* door, P& probe)
        : backend_(backend), job_(job), door_(door), probe_(probe), lines_(job, backend.roster_) {}

    Lines& lines() { return lines_; }
    const FirstFailure& failure() const { return failure_; }

    std::uint32_t task_at(std::uint32_t line, std::uint32_t place) override {
      return lines_[line].task(place);
    }
    std::int64_t arrival(std::uint32_t task) override { return door_->arrival(task); }
    std::uint32_t line_of(std::uint32_t task) override {
      std::uint32_t role = 0;
      if constexpr (RoledJob<J>) role = job_.role(task);
      return static_cast<std::uint32_t>(backend_.roster_.line_for(role));
    }
    void released(std::uint32_t task, std::int64_t time) override { probe_.released(task, time); }
    model::ShopWork begin(std::uint32_t worker, std::uint32_t task, std::uint32_t step,
                          std::vector<std::uint32_t>& locks) override {
      backend_.worker_ = static_cast<int>(worker);
      probe_.before(task, step);
      if constexpr (TimedJob<J>) {
        return {.free_ns = job_.work_ns(task, step)};
      } else if constexpr (KindedJob<J>) {
        if constexpr (LockingJob<J>)
          job_.for_each_lock(task, step, [&locks](std::uint32_t lock) { locks.push_back(lock); });
        return backend_.played_->work(job_.kind(task), step, locks);
      } else {
        return {};
      }
    }
    std::int64_t end(std::uint32_t worker, std::uint32_t task, std::uint32_t step) override {
      backend_.worker_ = static_cast<int>(worker);
      try {
        const Wait wait = job_.step(task, step);
        probe_.after(task, step, wait);
        return wait;
      } catch (...) {
        failure_.keep_current();
        return done;
      }
    }
    bool stopped() const override { return failure_.failed(); }

   private:
    Simulated& backend_;
    J& job_;
    const Schedule* door_;
    P& probe_;
    Lines lines_;
    FirstFailure failure_;
  };

  template <Job J, Probe P>
  Elapsed play(J& job, const Schedule* door, std::uint32_t in_flight, P& probe) {
    Tasks<J, P> tasks(*this, job, door, probe);
    model::ShopTeam team = team_for(door != nullptr, in_flight);
    for (std::size_t line = 0; line < tasks.lines().size(); ++line)
      team.line_sizes.push_back(tasks.lines()[line].size());
    if constexpr (LockingJob<J>) team.locks = job.locks();
    figures_ = model::play_shop(team, played_->costs, tasks, *now_);
    tasks.failure().rethrow();
    return {figures_.begin, figures_.end};
  }

  // All of it but the tasks.
  model::ShopTeam team_for(bool open, std::uint32_t in_flight) const;

  Roster roster_;
  int workers_;
  bool door_;
  std::shared_ptr<const Played> played_;
  // In a place of its own: clocks outlive a move.
  std::unique_ptr<std::int64_t> now_ = std::make_unique<std::int64_t>(0);
  int worker_ = 0;
  model::ShopFigures figures_;
};

}  // namespace bookstore::backend
