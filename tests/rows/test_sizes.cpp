#include "bench/rows/sizes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "bench/backends/registry.hpp"
#include "bench/rows/work.hpp"
#include "workloads/bookstore/parameters.hpp"

namespace bookstore {
namespace {

double chosen_tasks(const std::string& name, int machine_cores = 2) {
  Row row = parse_row(name);
  choose_tasks(row, machine_cores);
  return row.parameters.tasks;
}

TEST(ChosenTasks, AreTheSameForAllCoresOfASweepAndWholeForTheMix) {
  for (const auto& mix : workload::mix_table()) {
    for (const auto& traits : backend::Registry::traits) {
      const std::string row = std::string(mix.name) + "/" + std::string(traits.name);
      const double tasks = chosen_tasks(row + "/cores:1");
      EXPECT_EQ(tasks, chosen_tasks(row + "/cores:2")) << row;
      EXPECT_EQ(tasks, chosen_tasks(row + "/cores:16")) << row;
      EXPECT_GE(tasks, 1);
      EXPECT_EQ(std::fmod(tasks, workload::smallest_whole_plan(mix)), 0) << row;
    }
  }
}

TEST(ChosenTasks, GrowWithTheWorkersThatShareTheWork) {
  Row one = parse_row("shelving/event_loops/workers:1");
  Row two = parse_row("shelving/event_loops/workers:2");
  Row crowd = parse_row("shelving/event_loops/workers:64");
  for (Row* row : {&one, &two, &crowd}) choose_tasks(*row, 2);
  EXPECT_NEAR(two.parameters.tasks / one.parameters.tasks, 2, 0.01);
  EXPECT_EQ(crowd.parameters.tasks, two.parameters.tasks) << "on two cores";
}

TEST(ChosenTasks, FillTheRunTwentyTimesItsLongestWait) {
  for (const auto& mix : workload::mix_table()) {
    for (const auto& traits : backend::Registry::traits) {
      Row row = parse_row(std::string(mix.name) + "/" + std::string(traits.name) + "/wait_scale:4");
      choose_tasks(row, 1);
      EXPECT_GE(nominal_seconds(row),
                20e-9 * static_cast<double>(workload::longest_wait(mix, row.parameters)))
          << row.name();
      EXPECT_GE(nominal_seconds(row), 0.1) << row.name();
    }
  }
}

TEST(ChosenTasks, AreThoseOfTheSideThatTakesLonger) {
  const double all = chosen_tasks("day/threads/workers:16");
  const double one = chosen_tasks("day/threads/workers:16/desk:1");
  EXPECT_LT(one, all / 8) << "nine tasks in ten are the desk's";
  EXPECT_LT(one, chosen_tasks("day/threads/workers:16/desk:8"));
  EXPECT_LT(chosen_tasks("day/threads/workers:16/desk:8"), chosen_tasks("day/threads/workers:16/desk:14"));
}

TEST(ChosenTasks, GrowWithTheFactorAndLeaveAGivenNumberAlone) {
  const double tasks = chosen_tasks("counter/sequential");
  EXPECT_EQ(chosen_tasks("counter/sequential/tasks:x2"), 2 * tasks);
  EXPECT_LT(chosen_tasks("counter/sequential/tasks:x0.5"), tasks);
  EXPECT_EQ(chosen_tasks("counter/sequential/tasks:7"), 7);
  EXPECT_EQ(chosen_tasks("counter/sequential/tasks:1000"), 1000);
}

TEST(ChosenTasks, GrowWithTheSpeedOfTheCpuAndNotWithWaits) {
  const auto tasks = [](const std::string& name, double speed) {
    Row row = parse_row(name);
    row.cpu_speed = speed;
    choose_tasks(row, 2);
    return row.parameters.tasks;
  };
  for (const char* busy : {"shelving/threads/workers:2", "counter/event_loop", "counter/threads/workers:512"})
    EXPECT_NEAR(tasks(busy, 3) / tasks(busy, 1), 3, .01) << busy;
  EXPECT_LT(tasks("counter/threads/workers:2", 3), 1.1 * tasks("counter/threads/workers:2", 1));
}

TEST(ChosenTasks, OfServiceFillTheRunWhateverItWaits) {
  for (const char* wait : {"", "+20us", "+180us", "+1980us"}) {
    for (const char* in_flight : {"", "/in_flight:1", "/in_flight:1024"}) {
      for (const char* backend : {"sequential", "event_loop", "threads/workers:16"}) {
        if (std::string(in_flight) != "" && std::string(backend) != "event_loop") continue;
        for (const char* spread : {"", "/spread:exponential", "/spread:lognormal"}) {
          Row row = parse_row(std::string("service/") + backend + "/steps:20us" + wait + in_flight + spread);
          choose_tasks(row, 1);
          EXPECT_GE(nominal_seconds(row), 20e-9 * static_cast<double>(longest_wait(row))) << row.name();
          EXPECT_GE(nominal_seconds(row), 0.1) << row.name();
        }
      }
    }
  }
}

TEST(ChosenTasks, FewerWhereEachTakesLonger) {
  EXPECT_LT(chosen_tasks("shelving/sequential/cpu_scale:10"), chosen_tasks("shelving/sequential"));
  EXPECT_LT(chosen_tasks("counter/sequential"), chosen_tasks("counter/threads/workers:64"));
  EXPECT_LT(chosen_tasks("counter/event_loop/in_flight:2"), chosen_tasks("counter/event_loop"));
}

}  // namespace
}  // namespace bookstore
