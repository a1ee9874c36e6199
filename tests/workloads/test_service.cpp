#include "workloads/service.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <vector>

#include "tests/support/shop.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore::workload {
namespace {

const ServiceShape two_steps{.steps = {{2'000, 1'000'000}, {500, 0}}};

std::uint64_t direct_digest(const ServicePlan& plan) {
  Service service(plan);
  do_directly(service);
  return service.digest();
}

TEST(ServicePlan, OfConstantTimesHasAllTasksAlike) {
  const ServicePlan plan(two_steps, {.tasks = 10, .cpu_scale = 2, .wait_scale = 0.5}, 3);
  EXPECT_TRUE(plan.all_alike());
  ASSERT_EQ(plan.steps(), 2u);
  for (const std::uint32_t task : {0u, 9u}) {
    EXPECT_EQ(plan.links(task, 0), 12'000u);
    EXPECT_EQ(plan.links(task, 1), 3'000u);
    EXPECT_EQ(plan.wait(task, 0), 500'000);
    EXPECT_EQ(plan.wait(task, 1), done);
  }
  EXPECT_EQ(plan.longest_waits(), 500'000);
}

TEST(ServicePlan, EndsAWaitBeforeTheTaskIsDone) {
  const ServicePlan plan({.steps = {{1'000, 7}}}, {.tasks = 1}, 1);
  ASSERT_EQ(plan.steps(), 2u);
  EXPECT_EQ(plan.wait(0, 0), 7);
  EXPECT_EQ(plan.links(0, 1), 0u);
  EXPECT_EQ(plan.wait(0, 1), done);
}

TEST(ServicePlan, DrawsWithTheMeanAndTheDeviationOfItsSpread) {
  struct Case {
    Spread spread;
    double deviation;  // in means
  };
  constexpr std::uint32_t tasks = 100'000;
  for (const auto& [spread, deviation] :
       {Case{Spread::exponential, 1}, Case{Spread::lognormal, std::sqrt(std::exp(1) - 1)}}) {
    ServiceShape shape = two_steps;
    shape.spread = spread;
    const ServicePlan plan(shape, {.tasks = tasks}, 10);
    EXPECT_FALSE(plan.all_alike());
    double links = 0, waits = 0, squares = 0, products = 0;
    Wait longest = 0;
    for (std::uint32_t task = 0; task < tasks; ++task) {
      const double work = plan.links(task, 0) / 20'000.0;
      const double wait = static_cast<double>(plan.wait(task, 0)) / 1e6;
      links += work / tasks;
      waits += wait / tasks;
      squares += wait * wait / tasks;
      products += work * wait / tasks;
      longest = std::max(longest, plan.wait(task, 0));
    }
    EXPECT_NEAR(links, 1, 0.02);
    EXPECT_NEAR(waits, 1, 0.02);
    EXPECT_NEAR(std::sqrt(squares - waits * waits), deviation, 0.05);
    EXPECT_NEAR(products, links * waits, 0.03) << "work and wait are drawn apart";
    EXPECT_EQ(plan.longest_waits(), longest);
  }
}

TEST(ServiceShape, KnowsTheWaitThatOneInTenThousandExceeds) {
  for (const Spread spread : {Spread::exponential, Spread::lognormal}) {
    const ServiceShape shape{.steps = {{1'000, 1'000'000}}, .spread = spread};
    constexpr std::uint32_t tasks = 500'000;
    const ServicePlan plan(shape, {.tasks = tasks}, 1e-3);
    int longer = 0;
    for (std::uint32_t task = 0; task < tasks; ++task)
      longer += static_cast<double>(plan.wait(task, 0)) > shape.longest_wait_ns() ? 1 : 0;
    EXPECT_NEAR(longer, 50, 25);
  }
}

TEST(Service, EndsInTheSameDigestInEveryOrderAndOnEveryMachine) {
  for (const Spread spread : {Spread::constant, Spread::exponential, Spread::lognormal}) {
    ServiceShape shape = two_steps;
    shape.spread = spread;
    const ServicePlan plan(shape, {.tasks = 200}, 0.01);
    const std::uint64_t expected = direct_digest(plan);
    EXPECT_EQ(direct_digest(ServicePlan(shape, {.tasks = 200}, 0.02)), expected) << "a faster machine";
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
      Service service(plan);
      test::do_in_random_order(service, seed, 20, [] {});
      EXPECT_NO_THROW(service.close());
      EXPECT_EQ(service.digest(), expected);
    }
  }
}

TEST(Service, EndsInAnotherDigestForAnotherPlan) {
  std::set<std::uint64_t> digests;
  const ServiceShape longer{.steps = {{2'000, 1'000'001}, {500, 0}}};
  digests.insert(direct_digest(ServicePlan(two_steps, {.tasks = 50}, 0.01)));
  digests.insert(direct_digest(ServicePlan(two_steps, {.tasks = 51}, 0.01)));
  digests.insert(direct_digest(ServicePlan(two_steps, {.tasks = 50, .seed = 2}, 0.01)));
  digests.insert(direct_digest(ServicePlan(longer, {.tasks = 50}, 0.01)));
  EXPECT_EQ(digests.size(), 4u);
}

TEST(Service, MissesATaskAndAStep) {
  const ServicePlan plan(two_steps, {.tasks = 3}, 0.01);
  Service service(plan);
  for (const std::uint32_t task : {0u, 2u})
    for (std::uint32_t step = 0; service.step(task, step) >= 0; ++step) {
    }
  EXPECT_THROW(service.close(), WrongResult);
  EXPECT_NO_THROW(service.close(false));
  EXPECT_THROW(service.step(1, 1), std::logic_error) << "before its first";
  service.step(1, 0);
  EXPECT_THROW(service.close(), WrongResult);
  EXPECT_THROW(service.step(1, 0), std::logic_error) << "again";
  EXPECT_THROW(service.step(0, 2), std::logic_error) << "after its last";
}

}  // namespace
}  // namespace bookstore::workload
