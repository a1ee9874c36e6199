#include "bench/rows/row.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/refusal.hpp"
#include "workloads/bookstore/parameters.hpp"

namespace bookstore {
namespace {

using test::expect_one_line_about;
using test::refusal;

TEST(RowName, ReadsAndPrintsBack) {
  for (const char* name : {
           "shelving/sequential/cores:1/workers:1/tasks:50",
           "day/threads/cores:2/workers:64/tasks:1000",
           "counter/event_loop/cores:1/workers:1/tasks:7/in_flight:3/locks:1",
           "day/threads/cores:2/workers:2/tasks:1000/pinned:1",
           "service/event_loop/cores:1/workers:1/tasks:7/steps:20us+1ms,5us/in_flight:3",
           "service/threads/cores:1/workers:2/tasks:7/seed:3/steps:999ns+1500us,1s+1s/spread:lognormal",
           "day/event_loops/cores:2/workers:2/tasks:1000/pinned:0",
           "shelving/threads/cores:2/workers:2/tasks:1000/slow:4/static:1",
           "day/threads/cores:2/workers:3/tasks:1000/pinned:1/slow:2/desk:1",
           "errands/threads/cores:16/workers:5/tasks:100/seed:9/skew:0.5/cpu_scale:2/wait_scale:0.1/"
           "card_us:12.5",
       })
    EXPECT_EQ(parse_row(name).name(), name);
}

TEST(RowName, LeavesDefaultsOutButForTasks) {
  EXPECT_EQ(parse_row("day/sequential/workers:1/cores:1/seed:1/skew:0/wait_scale:1/brew_us:5000").name(),
            "day/sequential/cores:1/workers:1/tasks:1000");
}

TEST(RowName, EveryParameterTakesEffect) {
  for (const auto& info : workload::parameter_table()) {
    const std::string text = info.name == "skew" || info.maximum < 17 ? "3" : "17";
    const Row row = parse_row("counter/sequential/" + std::string(info.name) + ":" + text);
    for (const auto& other : workload::parameter_table())
      EXPECT_EQ(row.parameters.*(other.member),
                info.name == other.name ? std::stod(text) : workload::Parameters{}.*(other.member))
          << info.name << " sets " << other.name;
    EXPECT_NE(row.name().find("/" + std::string(info.name) + ":" + text), std::string::npos) << row.name();
  }
  EXPECT_EQ(parse_row("counter/threads/cores:3").cores, 3);
  EXPECT_EQ(parse_row("counter/threads/workers:3").workers, 3);
  EXPECT_EQ(parse_row("counter/event_loop/in_flight:3").in_flight, 3u);
  EXPECT_TRUE(parse_row("counter/event_loop/locks:1").locks);
  EXPECT_EQ(parse_row("counter/event_loop/tasks:x3").tasks_factor, 3);
  EXPECT_EQ(parse_row("counter/threads/pinned:1").team().pinned, true);
  EXPECT_EQ(parse_row("counter/event_loops/pinned:0").team().pinned, false);
  EXPECT_EQ(parse_row("counter/threads").team().pinned, std::nullopt);
  EXPECT_EQ(parse_row("shelving/threads/slow:4").slow, 4);
  EXPECT_TRUE(parse_row("shelving/threads/static:1").team().static_split);
  EXPECT_FALSE(parse_row("shelving/threads/static:0").team().static_split);
  EXPECT_EQ(parse_row("day/threads/workers:3/desk:1").team().trained,
            (std::vector<backend::Roles>{0b01, 0b10, 0b10}));
  EXPECT_EQ(parse_row("day/threads/workers:3/desk:0").team().trained, std::vector<backend::Roles>{});
  EXPECT_EQ(parse_row("day/threads/slow:1/static:0/per_thread:0/desk:0").name(),
            parse_row("day/threads").name());
  EXPECT_EQ(parse_row("day/threads/waits:timer").name(), "day/threads/cores:1/workers:1/tasks:1000");
  const Row asked = parse_row("day/threads/waits:tcp/tasks:2000");
  EXPECT_TRUE(asked.real_waits());
  EXPECT_EQ(asked.name(), "day/threads/cores:1/workers:1/tasks:2000/waits:tcp");
  EXPECT_EQ(asked.plan_name(), parse_row("day/threads/tasks:2000").plan_name());
#ifdef BOOKSTORE_HAVE_ASIO
  const Row apart = parse_row("day/asio/workers:2/per_thread:1");
  EXPECT_TRUE(apart.team().per_thread);
  EXPECT_EQ(apart.name(), "day/asio/cores:1/workers:2/tasks:1000/per_thread:1");
#endif
}

TEST(RowName, HasTheShapeOfServiceInWholeNumbers) {
  const auto steps = [](const std::string& text) {
    return parse_row("service/sequential/tasks:7/steps:" + text).name().substr(45);
  };
  EXPECT_EQ(steps("0.02ms+1000us,1.5us"), "steps:20us+1ms,1500ns");
  EXPECT_EQ(steps("0.5s+2000ms"), "steps:500ms+2s");
  EXPECT_EQ(parse_row("service/sequential/tasks:7/spread:constant").name(),
            "service/sequential/cores:1/workers:1/tasks:7/steps:20us+1ms");
}

TEST(RowName, OfServiceSetsItsShape) {
  const Row row = parse_row("service/threads/steps:20us+1ms,5us/spread:exponential");
  EXPECT_EQ(row.shape.steps, (std::vector<workload::ServiceStep>{{20'000, 1'000'000}, {5'000, 0}}));
  EXPECT_EQ(row.shape.spread, workload::Spread::exponential);
  EXPECT_FALSE(row.locked());
}

TEST(RowName, SaysWhetherTheShelvesHaveLocks) {
  EXPECT_FALSE(parse_row("day/sequential").locked());
  EXPECT_TRUE(parse_row("day/sequential/locks:1").locked());
  EXPECT_FALSE(parse_row("day/sequential/locks:0").locked());
  EXPECT_TRUE(parse_row("day/threads").locked());
}

TEST(RowName, WhatIsWrongWithItIsNamedInOneLine) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"nonsense/sequential", "unknown workload 'nonsense'"},
      {"", "unknown backend ''"},
      {"day", "unknown backend ''"},
      {"day/nonsense", "unknown backend 'nonsense'"},
      {"day/threads/speed:1", "unknown parameter 'speed'"},
      {"day/threads/tasks", "'tasks' is not <parameter>:<value>"},
      {"day/threads//tasks:5", "'' is not <parameter>:<value>"},
      {"day/threads/workers:0", "workers is '0'"},
      {"day/threads/workers:-1", "workers is '-1'"},
      {"day/threads/workers:1000000000", "workers is '1000000000'"},
      {"day/threads/workers:99999999999999999999", "workers is '99999999999999999999'"},
      {"day/threads/workers:", "workers is ''"},
      {"day/threads/workers:2.5", "workers is '2.5'"},
      {"day/sequential/workers:2", "sequential has one worker; workers is 2"},
      {"day/threads/cores:0", "cores is '0'"},
      {"day/threads/cpu_scale:abc", "cpu_scale is 'abc'"},
      {"day/threads/cpu_scale:nan", "cpu_scale is 'nan'"},
      {"day/threads/wait_scale:inf", "wait_scale is 'inf'"},
      {"day/threads/wait_scale:-1", "wait_scale is '-1'"},
      {"day/threads/tasks:0", "tasks is '0'"},
      {"day/threads/tasks:xyz", "tasks is 'xyz'"},
      {"day/event_loop/in_flight:0", "in_flight is '0'"},
      {"day/threads/in_flight:4", "in_flight has no meaning for threads"},
      {"day/threads/locks:1", "locks:1 has no meaning for threads"},
      {"day/sequential/locks:2", "locks is '2'"},
      {"day/event_loops/pinned:1", "event_loops keeps each worker to a CPU of its own anyway"},
      {"day/threads/pinned:0", "threads keeps no worker to a CPU; leave pinned:0 out"},
      {"day/sequential/pinned:1", "pinned has no meaning for sequential"},
      {"day/threads/pinned:2", "pinned is '2'"},
      {"day/threads/slow:0", "slow is '0'; give a whole number from 1 to 16"},
      {"day/event_loop/slow:2", "slow has no meaning for event_loop, which has one worker"},
      {"day/threads/static:2", "static is '2'"},
      {"day/event_loop/static:1", "static:1 has no meaning for event_loop, which has one worker"},
      {"day/threads/workers:2/static:1/desk:1", "a static split knows no roles"},
      {"day/threads/per_thread:1", "per_thread:1 has no meaning for threads"},
      {"day/threads/waits:udp", "waits is 'udp'; give timer, unix or tcp"},
      {"day/simulated/waits:unix", "simulated goes by timers"},
      {"day/threads/per_thread:2", "per_thread is '2'"},
      {"day/threads/workers:2/desk:2", "desk is 2, but workers is 2"},
      {"day/threads/desk:1", "desk is 1, but workers is 1"},
      {"day/threads/workers:2/desk:-1", "desk is '-1'"},
      {"day/sequential/desk:1", "desk has no meaning for sequential, whose workers do everything"},
      {"day/sequential/desk:1", "desk has no meaning for sequential, whose workers do everything"},
      {"service/threads/workers:2/desk:1", "desk has no meaning for service"},
      {"day/threads/steps:20us", "steps and spread are the shape of service"},
      {"day/threads/spread:constant", "steps and spread are the shape of service"},
      {"service/threads/steps:", "the CPU time of a step is ''"},
      {"service/threads/steps:20", "the CPU time of a step is '20'"},
      {"service/threads/steps:20us+", "the wait of a step is ''"},
      {"service/threads/steps:20us,", "the CPU time of a step is ''"},
      {"service/threads/steps:0us+1ms", "the CPU time of a step is '0'"},
      {"service/threads/steps:0.1ns", "the CPU time of a step is '0.1ns'; give 1ns to 1s"},
      {"service/threads/steps:1us+2us+3us", "the wait of a step is '2us+3'"},
      {"service/threads/steps:1us+61s", "the wait of a step is '61s'; give 1ns to 60s"},
      {"service/threads/steps:-1us", "the CPU time of a step is '-1'"},
      {"service/threads/steps:1e999us", "the CPU time of a step is '1e999'"},
      {"service/threads/steps:1us,1us,1us,1us,1us,1us,1us,1us,1us,1us,1us,1us,1us,1us,1us,1us,1us",
       "steps has 17 steps; give at most 16"},
      {"service/threads/spread:normal", "spread is 'normal'"},
      {"service/sequential/locks:1", "service has no shop"},
      {"service/threads/titles:7", "service has no shop"},
  };
  for (const auto& [name, culprit] : mistakes)
    expect_one_line_about(refusal([&name = name] { parse_row(name); }), culprit, name);
}

TEST(PlanName, IsTheSameForAllRowsOfAPlan) {
  const auto plan_name = [](const std::string& name) { return parse_row(name).plan_name(); };
  EXPECT_EQ(plan_name("day/threads/cores:2/workers:64/tasks:500/seed:3"), "day/tasks:500/seed:3");
  EXPECT_EQ(plan_name("day/event_loop/in_flight:3/locks:1/tasks:500"), "day/tasks:500");
  EXPECT_EQ(plan_name("service/event_loop/in_flight:3/tasks:5/steps:9us/spread:lognormal"),
            "service/tasks:5/steps:9us/spread:lognormal");
}

}  // namespace
}  // namespace bookstore
