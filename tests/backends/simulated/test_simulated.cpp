// The backend in virtual time keeps the seam's contract, and its times are exact.
#include "bench/backends/simulated/simulated.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/backends/registry.hpp"
#include "tests/support/jobs.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/shop.hpp"
#include "tests/support/spilled.hpp"
#include "workloads/service.hpp"

namespace bookstore::backend {
namespace {

// Plays a backend on that many cores, in steps of 1,000 ns of every kind.
Played playing(std::string_view as, int cores) {
  Played played;
  played.cores = cores;
  played.traits = find_backend(as);
  played.prices.assign(workload::kind_count, std::vector<StepPrice>(4, {.work = 1000, .held = 200}));
  return played;
}

Simulated backend_of(const Played& played, Team team, Load load = Load::closed) {
  team.played = std::make_shared<Played>(played);
  return Simulated(team, load);
}

// An AccountedJob in steps that have a price.
class PricedJob : public test::AccountedJob {
 public:
  using AccountedJob::AccountedJob;
  std::uint32_t kind(std::uint32_t) const { return 0; }
};

const std::vector<std::string> ways{"threads", "event_loops"};

TEST(Simulated, RunsEveryStepOnceAndInOrder) {
  for (const std::string& as : ways)
    for (const int workers : {1, 3, 100}) {
      Simulated backend = backend_of(playing(as, 2), workers);
      EXPECT_EQ(backend.workers(), workers);
      PricedJob job(500, {0, 50, 3000});
      backend.run(job, AllAtOnce{});
      EXPECT_EQ(job.tasks_not_done_once(), 0U) << as << workers;
      EXPECT_EQ(job.steps_out_of_order(), 0U) << as << workers;
      std::vector<std::int64_t> arrivals;
      for (std::int64_t task = 0; task < 500; ++task) arrivals.push_back(700 * task);
      PricedJob again(500, {0, 50, 3000});
      backend.run(again, Schedule{.at = arrivals, .start = backend.clock().now()});
      EXPECT_EQ(again.tasks_not_done_once(), 0U) << as << workers;
    }
}

TEST(Simulated, EndsInTheSequentialShopForEveryWorkload) {
  for (const std::string& as : ways)
    for (const auto& mix : workload::mix_table()) {
      const workload::Plan plan(mix, test::small_day(300));
      workload::Shop<workload::NoLocks> shop(plan);
      Simulated backend = backend_of(playing(as, 4), 16);
      workload::Opening<workload::NoLocks> opening{shop};
      workload::Closing<workload::NoLocks> closing{shop};
      backend.run(opening, AllAtOnce{});
      backend.run(shop, AllAtOnce{});
      backend.run(closing, AllAtOnce{});
      EXPECT_EQ(shop.digest(), test::direct_digest(plan)) << as << " " << mix.name;
      EXPECT_GT(backend.figures().cpu_ns, 0) << mix.name;
    }
}

TEST(Simulated, TakesServicesOwnTimes) {
  const workload::ServiceShape shape{.steps = {{2000, 100'000}, {500, 0}}, .spread = {}};
  const workload::ServicePlan plan(shape, {.tasks = 10}, 0.5);
  workload::Service service(plan);
  // One worker waits with each task; one loop begins all of them, and ends the last when its wait is over.
  EXPECT_EQ(backend_of(playing("sequential", 1), 1).run(service, AllAtOnce{}).ns(), 10 * 102'500);
  workload::Service again(plan);
  EXPECT_EQ(backend_of(playing("event_loop", 1), 1).run(again, AllAtOnce{}).ns(), 10 * 2000 + 100'000 + 500);
}

TEST(Simulated, GainsByCoresAndByWorkersWhatEachCanGive) {
  const workload::ServiceShape shape{.steps = {{1000, 9000}}, .spread = {}};
  const workload::ServicePlan plan(shape, {.tasks = 20'000}, 0.5);
  const auto run_ns = [&](const std::string& as, int cores, int workers) {
    workload::Service service(plan);
    return static_cast<double>(backend_of(playing(as, cores), workers).run(service, AllAtOnce{}).ns());
  };
  const double sequential = run_ns("sequential", 1, 1);
  EXPECT_NEAR(sequential / run_ns("threads", 1, 10), 10, .1);
  EXPECT_NEAR(sequential / run_ns("threads", 1, 100), 10, .1);
  EXPECT_NEAR(sequential / run_ns("threads", 8, 80), 80, 1);
  EXPECT_NEAR(sequential / run_ns("event_loops", 8, 8), 80, 1);
  EXPECT_NEAR(sequential / run_ns("threads", 8, 8), 8, .1);
}

TEST(Simulated, HonoursRolesSplitsAndTheBoundOfTasksInFlight) {
  // The back office's tasks are all done by its one worker.
  struct Seen : workload::Shop<workload::NoLocks> {
    using Shop::Shop;
    const Simulated* backend = nullptr;
    std::vector<int> workers;
    Wait step(std::uint32_t task, std::uint32_t step) {
      if (role(task) == static_cast<std::uint32_t>(workload::Role::back_office))
        workers.push_back(backend->worker());
      return Shop::step(task, step);
    }
  };
  const workload::Plan plan(workload::find_mix("day"), test::small_day(200));
  Seen shop(plan);
  shop.open();
  Team team(3);
  team.trained = {1, 1, 2};
  Simulated backend = backend_of(playing("threads", 2), team);
  shop.backend = &backend;
  backend.run(shop, AllAtOnce{});
  EXPECT_GT(shop.workers.size(), 10U);
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(shop.workers, 2)), shop.workers.size());

  // Dealt out beforehand to one worker four times as slow as the other: he has half of the tasks.
  const workload::ServicePlan tasks({.steps = {{1000, 0}}, .spread = {}}, {.tasks = 100}, 0.5);
  workload::Service service(tasks);
  Team split(2);
  split.static_split = true;
  Played slow = playing("threads", 2);
  slow.slow = 4;
  EXPECT_EQ(backend_of(slow, split).run(service, AllAtOnce{}).ns(), 50 * 4000);

  test::WaitingJob waiting(100, 1000);
  backend_of(playing("event_loops", 2), 2).run(waiting, AllAtOnce{.in_flight = 6});
  EXPECT_EQ(waiting.most_in_flight(), 6U);
}

TEST(Simulated, PaysForLocksOnlyWhereTheBackendTakesThem) {
  const workload::Plan plan(workload::find_mix("shelving"), test::small_day(500));
  const auto run_ns = [&](bool locks) {
    workload::Shop<workload::NoLocks> shop(plan);
    shop.open();
    Played played = playing("threads", 16);
    played.locks = locks;
    played.costs.lock = 10;
    played.costs.lock_handover = 50;
    return backend_of(played, 16).run(shop, AllAtOnce{}).ns();
  };
  EXPECT_NEAR(static_cast<double>(run_ns(false)), 500 * 1000.0 / 16, 1000);
  EXPECT_GT(run_ns(true), run_ns(false) * 11 / 10);
}

TEST(Simulated, ClaimsAsThatBackendDoes) {
  const workload::ServicePlan tasks({.steps = {{1000, 0}}, .spread = {}}, {.tasks = 100}, 0.5);
  const auto ns = [&](const std::string& as, int slow) {
    workload::Service service(tasks);
    Played played = playing(as, 2);
    played.costs.claim = 40;
    played.slow = slow;
    return backend_of(played, 2).run(service, AllAtOnce{}).ns();
  };
  // Two take turns at one counter, and each pays for every claim.
  EXPECT_EQ(ns("threads", 1), 50 * 1040);
  EXPECT_EQ(ns("event_loops", 1), 50 * 1000);
  // When the other one is through with its own 50, the slow loop has begun 13. They share the rest, and pay
  // where they take turns.
  EXPECT_GT(ns("event_loops", 4), 80 * 1000);
  EXPECT_LT(ns("event_loops", 4), 82 * 1040);
}

TEST(Simulated, GivesTheFirstFailureToTheCallerAndLivesOn) {
  struct Failing {
    std::uint32_t begun = 0;
    std::optional<std::uint32_t> first{};
    std::uint32_t size() const { return 1000; }
    std::uint32_t kind(std::uint32_t) const { return 0; }
    Wait step(std::uint32_t task, std::uint32_t step) {
      begun += step == 0 ? 1 : 0;
      if (step == 1 && task >= 20) {
        if (!first) first = task;
        throw test::Spilled(task);
      }
      return step == 0 ? 500 : done;
    }
  };
  for (const std::string& as : ways) {
    Simulated backend = backend_of(playing(as, 2), 4);
    Failing job;
    try {
      backend.run(job, AllAtOnce{});
      ADD_FAILURE() << "no failure reached the caller";
    } catch (const test::Spilled& spilled) {
      EXPECT_EQ(spilled.task, job.first) << as;
    }
    EXPECT_LT(job.begun, 60U) << as;
    test::AccountedJob next(10);
    backend.run(next, AllAtOnce{});
    EXPECT_EQ(next.tasks_not_done_once(), 0U);
  }
}

TEST(Simulated, SameRunSameTimes) {
  const auto run = [] {
    const workload::Plan plan(workload::find_mix("day"), test::small_day(400));
    workload::Shop<workload::NoLocks> shop(plan);
    shop.open();
    Played played = playing("event_loops", 3);
    played.costs = {.dispatch = 30, .claim = 20, .timer = 40, .sleep = 900, .wake_up = 5000};
    return backend_of(played, 3).run(shop, AllAtOnce{}).ns();
  };
  EXPECT_EQ(run(), run());
}

TEST(Simulated, PlaysSomethingOrIsRefused) {
  test::expect_says(test::refusal([] { Simulated(Team(2)); }), {"simulated", "which"});
}

}  // namespace
}  // namespace bookstore::backend
