#include "bench/model/virtual_shop.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/model/ticking_shop.hpp"
#include "tests/support/refusal.hpp"
#include "workloads/random.hpp"

namespace bookstore::model {
namespace {

using test::Happening;
using test::ShopScript;

// Tasks by a script; writes down what happens.
class Scripted : public ShopTasks {
 public:
  Scripted(const ShopScript& script, const std::int64_t& clock) : script_(script), clock_(clock) {}

  std::uint32_t task_at(std::uint32_t line, std::uint32_t place) override {
    return script_.lines.at(line).at(place);
  }
  std::int64_t arrival(std::uint32_t task) override { return script_.arrivals.at(task); }
  std::uint32_t line_of(std::uint32_t task) override { return script_.line_of(task); }
  void released(std::uint32_t task, std::int64_t time) override {
    happened.push_back({'r', time, -1, task, 0});
  }
  ShopWork begin(std::uint32_t worker, std::uint32_t task, std::uint32_t step,
                 std::vector<std::uint32_t>& locks) override {
    happened.push_back({'b', clock_, worker, task, step});
    const auto& work = script_.tasks.at(task).at(step);
    locks = work.locks;
    return {work.free_ns, work.held_ns};
  }
  std::int64_t end(std::uint32_t worker, std::uint32_t task, std::uint32_t step) override {
    happened.push_back({'e', clock_, worker, task, step});
    return script_.tasks.at(task).at(step).wait;
  }

  std::vector<Happening> happened;

 private:
  const ShopScript& script_;
  const std::int64_t& clock_;
};

std::string to_text(const Happening& happening) {
  return std::string(1, happening.what) + " at " + std::to_string(happening.time) + " by " +
         std::to_string(happening.worker) + " of " + std::to_string(happening.task) + "." +
         std::to_string(happening.step);
}

struct RandomShop {
  ShopTeam team;
  ShopCosts costs;
  ShopScript script;
};

// Small enough to be followed nanosecond by nanosecond, of every kind that there is.
RandomShop random_shop(std::uint64_t seed) {
  SplitMix64 random{mix64(seed)};
  const auto up_to = [&](std::uint32_t most) { return static_cast<std::int64_t>(random.below(most + 1)); };
  const auto chance = [&](std::uint32_t percent) { return random.below(100) < percent; };
  RandomShop shop;
  shop.team.cores = 1 + random.below(4);
  shop.team.workers = 1 + random.below(7);
  shop.team.overlapped = chance(50);
  shop.team.open = chance(50);
  shop.team.door = shop.team.open && chance(40);
  shop.team.slow = chance(30) ? 3 : 1;
  shop.team.locks = 2;
  shop.costs = {.dispatch = up_to(5),
                .claim = up_to(6),
                .timer = up_to(4),
                .sleep = up_to(9),
                .idle = up_to(12),
                .wake_up = up_to(20),
                .switch_over = up_to(5),
                .slice = 1 + up_to(60),
                .lock = up_to(3),
                .lock_handover = up_to(5),
                .handover = up_to(6),
                .grace = up_to(40)};
  const std::uint32_t lines = shop.team.workers > 1 && chance(30) ? 2 : 1;
  shop.script.lines.resize(lines);
  // At least one for each worker of two lines: who has none leaves his line alone.
  if (shop.team.overlapped && !shop.team.open && chance(30))
    shop.team.in_flight = (lines == 2 ? shop.team.workers : 1) + random.below(6);
  shop.team.parts = chance(50);
  for (std::uint32_t worker = 0; worker < shop.team.workers; ++worker)
    shop.team.line_of.push_back(worker % lines);
  std::int64_t arrival = 0;
  const std::uint32_t tasks = 1 + random.below(25);
  for (std::uint32_t task = 0; task < tasks; ++task) {
    auto& steps = shop.script.tasks.emplace_back(1 + random.below(3));
    for (auto& work : steps) {
      work = {.free_ns = up_to(40), .held_ns = up_to(15), .locks = {}, .wait = up_to(90)};
      if (chance(40)) work.locks.push_back(random.below(2));
      if (chance(10)) work.locks = {0, 1};
      if (chance(15)) work.wait = 0;
    }
    steps.back().wait = -1;
    shop.script.arrivals.push_back(arrival += up_to(60));
    shop.script.lines[random.below(lines)].push_back(task);
  }
  for (const auto& line : shop.script.lines)
    shop.team.line_sizes.push_back(static_cast<std::uint32_t>(line.size()));
  return shop;
}

TEST(VirtualShop, AgreesWithASecondImplementationToTheNanosecond) {
  std::uint64_t preempted = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(seed);
    const RandomShop shop = random_shop(seed);
    std::int64_t clock = 0;
    Scripted tasks(shop.script, clock);
    const ShopFigures figures = play_shop(shop.team, shop.costs, tasks, clock);
    test::TickingShop other(shop.team, shop.costs, shop.script);
    other.run();
    ASSERT_EQ(tasks.happened.size(), other.happened.size());
    for (std::size_t i = 0; i < other.happened.size(); ++i)
      ASSERT_EQ(to_text(tasks.happened[i]), to_text(other.happened[i])) << i;
    EXPECT_EQ(figures.end, other.happened.back().time);
    preempted += other.preemptions;
  }
  EXPECT_GT(preempted, 100U);
}

ShopScript equal_tasks(std::uint32_t tasks, std::vector<test::ScriptedWork> steps) {
  ShopScript script;
  script.tasks.assign(tasks, std::move(steps));
  script.lines.resize(1);
  for (std::uint32_t task = 0; task < tasks; ++task) script.lines[0].push_back(task);
  script.arrivals.assign(tasks, 0);
  return script;
}

ShopFigures play_script(const ShopScript& script, ShopTeam team, const ShopCosts& costs) {
  team.line_sizes = {static_cast<std::uint32_t>(script.tasks.size())};
  std::int64_t clock = 0;
  Scripted tasks(script, clock);
  return play_shop(team, costs, tasks, clock);
}

TEST(VirtualShop, TheSharedCounterEndsTheGrowth) {
  ShopTeam team;
  const ShopScript script = equal_tasks(10'000, {{.free_ns = 1000}});
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  for (const std::uint32_t cores : {1U, 2U, 4U, 8U}) {
    team.cores = team.workers = cores;
    const ShopFigures figures = play_script(script, team, {.claim = 50});
    EXPECT_LT(figures.end, before / 10 * 6) << cores;
    before = figures.end;
  }
  team.cores = team.workers = 64;
  const ShopFigures figures = play_script(script, team, {.claim = 50});
  EXPECT_NEAR(static_cast<double>(figures.end), 10'000 * 50, 1100);
  EXPECT_GT(figures.claim_busy_ns, figures.end * 99 / 100);
}

// Those who have a part of the line each meet at its end alone.
TEST(VirtualShop, PartsOfALineEndNoGrowth) {
  ShopTeam team;
  team.parts = true;
  const ShopScript script = equal_tasks(64 * 100, {{.free_ns = 1000}});
  for (const std::uint32_t cores : {1U, 2U, 4U, 64U}) {
    team.cores = team.workers = cores;
    const ShopFigures figures = play_script(script, team, {.dispatch = 5, .claim = 50});
    EXPECT_EQ(figures.end, 64 * 100 / cores * 1005) << cores;
    EXPECT_EQ(figures.claim_busy_ns, 0) << cores;
  }
}

// Four parts of ten tasks. The first worker takes four times as long: when the others are through with theirs
// he has begun three, and they share his other seven at what a claim takes.
TEST(VirtualShop, WhoseOwnPartIsEmptyTakesFromTheOthers) {
  ShopTeam team;
  team.cores = team.workers = 4;
  team.parts = true;
  team.slow = 4;
  const ShopFigures figures = play_script(equal_tasks(40, {{.free_ns = 1000}}), team, {.claim = 50});
  // The others claim at 10,000, one after the other, and have their tasks at 10,050, 10,100 and 10,150; once
  // more from 11,050 on; the last one is claimed by the slow worker at 12,000, who begins it at 12,050.
  EXPECT_EQ(figures.claim_busy_ns, 7 * 50);
  EXPECT_EQ(figures.busy_workers, 4U);
  EXPECT_EQ(figures.end, 16'050);
}

// Of blocking workers without a door: what a claim takes is over long before the task comes.
TEST(VirtualShop, ClaimsInAdvanceDelayNobody) {
  constexpr std::uint32_t tasks = 1000;
  ShopTeam team;
  team.cores = 4;
  team.workers = tasks;
  team.open = true;
  ShopScript script = equal_tasks(tasks, {{.free_ns = 10}});
  for (std::uint32_t task = 0; task < tasks; ++task) script.arrivals[task] = 1'000'000 + 100 * task;
  team.line_sizes = {tasks};
  std::int64_t clock = 0;
  Scripted played(script, clock);
  const ShopFigures figures = play_shop(team, {.claim = 50, .wake_up = 5}, played, clock);
  for (const Happening& each : played.happened) {
    if (each.what != 'b') continue;
    EXPECT_EQ(each.time, script.arrivals[each.task] + 5);
  }
  EXPECT_EQ(figures.end, script.arrivals.back() + 15);
}

TEST(VirtualShop, AHotLockEndsTheGrowth) {
  ShopTeam team;
  team.cores = team.workers = 64;
  team.locks = 3;
  const ShopScript script = equal_tasks(10'000, {{.free_ns = 1000, .held_ns = 100, .locks = {1}}});
  const ShopFigures figures = play_script(script, team, {.lock = 10, .lock_handover = 40});
  EXPECT_NEAR(static_cast<double>(figures.end), 10'000 * 150, 1100);
  EXPECT_GT(figures.lock_busy_ns, figures.end * 99 / 100);
}

TEST(VirtualShop, MoreWorkersThanCoresTakeTurns) {
  ShopTeam team;
  team.workers = 2;
  const ShopScript script = equal_tasks(2, {{.free_ns = 10'000}});
  // Each is put off after every full slice but its last, and the first is still there when the second ends.
  const ShopFigures figures = play_script(script, team, {.switch_over = 7, .slice = 1000});
  EXPECT_EQ(figures.preemptions, 18U);
  EXPECT_EQ(figures.end, 20'000 + 18 * 7);
  EXPECT_EQ(figures.cpu_ns, figures.end);
}

TEST(VirtualShop, ASlowWorkerTakesSoManyTimesTheWork) {
  ShopTeam team;
  team.cores = team.workers = 2;
  team.slow = 4;
  // While the first does one, the other does four.
  EXPECT_EQ(play_script(equal_tasks(50, {{.free_ns = 1000}}), team, {}).end, 40'000);
}

TEST(VirtualShop, WhatCannotBeIsRefusedInALine) {
  const ShopScript script = equal_tasks(2, {{.free_ns = 10, .wait = 3}, {}});
  const auto refused = [&](auto change) {
    ShopTeam team;
    ShopCosts costs;
    change(team, costs);
    return test::refusal([&] { play_script(script, team, costs); });
  };
  test::expect_says(refused([](ShopTeam& team, ShopCosts&) { team.cores = 0; }), {"core"});
  test::expect_says(refused([](ShopTeam& team, ShopCosts&) { team.workers = 0; }), {"worker"});
  test::expect_says(refused([](ShopTeam&, ShopCosts& costs) { costs.slice = 0; }), {"slice"});
  test::expect_says(refused([](ShopTeam&, ShopCosts& costs) { costs.wake_up = -1; }), {"cost"});
  test::expect_says(refused([](ShopTeam&, ShopCosts& costs) {
                      costs.wake_up = std::numeric_limits<std::int64_t>::max() - 10;
                    }),
                    {"292 years", "fewer tasks"});
  EXPECT_EQ(refused([](ShopTeam&, ShopCosts&) {}), "taken");
}

}  // namespace
}  // namespace bookstore::model
