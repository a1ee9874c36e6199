#include "bench/model/virtual_shop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/model/queueing.hpp"
#include "bench/model/recursion.hpp"
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

// One line of tasks of one step each, which no one writes down; what each waited before it began.
class Queue : public ShopTasks {
 public:
  Queue(std::vector<std::int64_t> arrivals, std::vector<std::int64_t> services, const std::int64_t& clock)
      : starts(arrivals.size()),
        arrivals_(std::move(arrivals)),
        services_(std::move(services)),
        clock_(clock) {}

  std::uint32_t task_at(std::uint32_t, std::uint32_t place) override { return place; }
  std::int64_t arrival(std::uint32_t task) override { return arrivals_[task]; }
  std::uint32_t line_of(std::uint32_t) override { return 0; }
  void released(std::uint32_t, std::int64_t) override {}
  ShopWork begin(std::uint32_t, std::uint32_t task, std::uint32_t, std::vector<std::uint32_t>&) override {
    starts[task] = clock_;
    return {.free_ns = services_[task]};
  }
  std::int64_t end(std::uint32_t, std::uint32_t, std::uint32_t) override { return -1; }

  // In units of the mean service, of those after the first tenth.
  std::vector<double> waits() const {
    std::vector<double> waits;
    for (std::size_t task = starts.size() / 10; task < starts.size(); ++task)
      waits.push_back(static_cast<double>(starts[task] - arrivals_[task]) / unit);
    return waits;
  }
  std::vector<std::int64_t> starts;
  const std::vector<std::int64_t>& arrivals() const { return arrivals_; }
  const std::vector<std::int64_t>& services() const { return services_; }

  static constexpr double unit = 1e6;  // ns of a mean service

 private:
  std::vector<std::int64_t> arrivals_;
  std::vector<std::int64_t> services_;
  const std::int64_t& clock_;
};

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// A Poisson stream into c workers on as many cores, for nothing but the services; service(random) is in
// units. Overlapped workers are woken at each arrival, blocking ones have claimed it.
template <class Service>
Queue play_queue(std::uint64_t seed, std::uint32_t servers, double rate, std::uint32_t tasks, bool overlapped,
                 std::int64_t& clock, Service service) {
  SplitMix64 random{mix64(seed)};
  std::vector<std::int64_t> arrivals;
  std::vector<std::int64_t> services;
  double arrival = 0;
  for (std::uint32_t task = 0; task < tasks; ++task) {
    arrival += exponential(random) / rate;
    arrivals.push_back(std::llround(arrival * Queue::unit));
    services.push_back(std::llround(service(random) * Queue::unit));
  }
  clock = 0;
  Queue queue(arrivals, services, clock);
  ShopTeam team;
  team.cores = team.workers = servers;
  team.open = true;
  team.overlapped = overlapped;
  team.line_sizes = {tasks};
  play_shop(team, {.slice = std::numeric_limits<std::int64_t>::max() / 4}, queue, clock);
  return queue;
}

TEST(VirtualShop, IsTheFirstComeQueueToTheNanosecond) {
  for (const std::uint32_t servers : {1U, 2U, 5U})
    for (const bool overlapped : {false, true}) {
      std::int64_t clock = 0;
      const Queue queue = play_queue(servers, servers, .9 * servers, 20'000, overlapped, clock,
                                     [](SplitMix64& random) { return exponential(random); });
      EXPECT_EQ(queue.starts, first_come_starts(queue.arrivals(), queue.services(), servers))
          << servers << overlapped;
    }
}

// The mean of so many plays' means, and half of its 95 % interval (Student's t).
struct Interval {
  double centre = 0;
  double half = 0;
  bool holds(double value) const { return std::abs(value - centre) <= half; }
};
Interval interval_of(const std::vector<double>& means) {
  constexpr double t_19 = 2.093;
  EXPECT_EQ(means.size(), 20U);
  double variance = 0;
  for (const double each : means) variance += std::pow(each - mean(means), 2) / 19;
  return {mean(means), t_19 * std::sqrt(variance / 20)};
}

template <class Service>
Interval mean_wait(std::uint64_t seed, std::uint32_t servers, double rate, std::uint32_t tasks,
                   Service service) {
  std::vector<double> means;
  for (std::uint64_t play = 0; play < 20; ++play) {
    std::int64_t clock = 0;
    means.push_back(mean(play_queue(100 * seed + play, servers, rate, tasks, false, clock, service).waits()));
  }
  return interval_of(means);
}

// Whether the mean over plays is the expected one, by an interval that misses it once in a thousand.
void expect_mean(const std::vector<double>& of_plays, double expected, const char* what) {
  constexpr double rarely = 3.883 / 2.093;  // Student's t, 99.9 % over 95 %
  const Interval found = interval_of(of_plays);
  EXPECT_LE(std::abs(found.centre - expected), rarely * found.half) << what;
  EXPECT_LT(found.half, .15 * expected) << what;
}

// Published answers, in units of the mean service.
TEST(VirtualShop, WaitsAsErlangCSays) {
  struct Case {
    std::uint32_t servers;
    double rho, waits_at_all, mean_wait, p99_wait;
  };
  const auto service = [](SplitMix64& random) { return exponential(random); };
  for (const Case& each :
       {Case{1, .8, .8, 4, 21.910}, Case{2, .8, .711111, 1.777778, 10.66061},
        Case{2, .9, .852632, 4.263158, 22.22871}, Case{4, .8, .596432, .745541, 5.11048}}) {
    SCOPED_TRACE(std::to_string(each.servers) + " at " + std::to_string(each.rho));
    std::vector<double> waiting, means, tails;
    for (std::uint64_t play = 0; play < 20; ++play) {
      std::int64_t clock = 0;
      std::vector<double> waits = play_queue(100 * each.servers + play, each.servers, each.rho * each.servers,
                                             16'000, false, clock, service)
                                      .waits();
      const auto late = std::ranges::count_if(waits, [](double wait) { return wait > 0; });
      waiting.push_back(static_cast<double>(late) / static_cast<double>(waits.size()));
      means.push_back(mean(waits));
      std::ranges::sort(waits);
      tails.push_back(waits[waits.size() * 99 / 100]);
    }
    expect_mean(waiting, each.waits_at_all, "probability of waiting");
    expect_mean(means, each.mean_wait, "mean wait");
    expect_mean(tails, each.p99_wait, "p99 of waiting");
  }
}

TEST(VirtualShop, ItsIntervalsHoldTheTruthAsOftenAsTheySay) {
  const auto service = [](SplitMix64& random) { return exponential(random); };
  const double expected = MMc(1, 1, 2).mean_wait();
  int held = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed)
    held += mean_wait(1000 + seed, 2, 1, 300, service).holds(expected) ? 1 : 0;
  // 57 are expected; fewer than 52 or all of 60 come once in a hundred and once in twenty.
  EXPECT_GE(held, 52);
  EXPECT_LT(held, 60);
}

TEST(VirtualShop, WaitsAsPollaczekAndKhinchineSay) {
  const auto service = [](SplitMix64& random) { return random.below(10) == 0 ? 10.0 : 1.0; };
  const Interval found = mean_wait(7, 1, .4, 10'000, service);
  const double expected = mg1_mean_wait(.4, 1.9, 10.9);
  EXPECT_NEAR(expected, 9.083333, 1e-6);
  EXPECT_TRUE(found.holds(expected)) << found.centre << " +- " << found.half;
  EXPECT_LT(found.half, .2 * expected);
}

TEST(VirtualShop, WaitsOfEqualServicesLieAsTheoryHasThem) {
  std::vector<double> at_most(5);
  const std::vector<double> times{0, 1, 2, 4};
  constexpr int plays = 20;
  for (std::uint64_t play = 0; play < plays; ++play) {
    std::int64_t clock = 0;
    const auto waits =
        play_queue(900 + play, 1, .8, 20'000, false, clock, [](SplitMix64&) { return 1.0; }).waits();
    for (std::size_t i = 0; i < times.size(); ++i)
      at_most[i] +=
          static_cast<double>(std::ranges::count_if(waits, [&](double w) { return w <= times[i]; })) /
          static_cast<double>(waits.size()) / plays;
  }
  for (std::size_t i = 0; i < times.size(); ++i)
    EXPECT_NEAR(at_most[i], md1_wait_at_most(.8, 1, times[i]), .01) << times[i];
}

// Tasks that go round between work and wait, both exponential, for ever.
class Circle : public ShopTasks {
 public:
  Circle(std::uint64_t seed, double think, std::uint32_t rounds)
      : random_{mix64(seed)}, think_(think), rounds_(rounds) {}

  std::uint32_t task_at(std::uint32_t, std::uint32_t place) override { return place; }
  std::int64_t arrival(std::uint32_t) override { return 0; }
  std::uint32_t line_of(std::uint32_t) override { return 0; }
  void released(std::uint32_t, std::int64_t) override {}
  ShopWork begin(std::uint32_t, std::uint32_t, std::uint32_t, std::vector<std::uint32_t>&) override {
    return {.free_ns = std::llround(exponential(random_) * Queue::unit)};
  }
  std::int64_t end(std::uint32_t, std::uint32_t, std::uint32_t) override {
    ++steps;
    return steps >= rounds_ ? -1 : 1 + std::llround(think_ * exponential(random_) * Queue::unit);
  }

  std::uint32_t steps = 0;

 private:
  SplitMix64 random_;
  double think_;
  std::uint32_t rounds_;
};

// Whether a worker waits with its task and there are c cores, or one worker has all tasks: a closed network.
TEST(VirtualShop, GoesRoundAsMeanValueAnalysisSays) {
  struct Case {
    std::uint32_t cores, tasks;
    bool overlapped;
    double throughput;
  };
  for (const Case& each :
       {Case{1, 4, false, .689320}, Case{1, 4, true, .689320}, Case{2, 8, false, 1.465957}}) {
    EXPECT_NEAR(closed_network(each.tasks, 1, each.cores, 4).throughput, each.throughput, 1e-6);
    std::vector<double> rates;
    for (std::uint64_t play = 0; play < 20; ++play) {
      std::int64_t clock = 0;
      Circle circle(5000 + play, 4, 40'000);
      ShopTeam team;
      team.cores = each.cores;
      team.workers = each.overlapped ? 1 : each.tasks;
      team.overlapped = each.overlapped;
      team.line_sizes = {each.tasks};
      play_shop(team, {.slice = std::numeric_limits<std::int64_t>::max() / 4}, circle, clock);
      rates.push_back(circle.steps * Queue::unit / static_cast<double>(clock));
    }
    const Interval found = interval_of(rates);
    EXPECT_TRUE(found.holds(each.throughput)) << found.centre << " +- " << found.half;
    EXPECT_LT(found.half, .01 * each.throughput);
  }
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
