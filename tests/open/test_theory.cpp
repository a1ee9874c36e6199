// The check against queueing theory, on outcomes made by hand: what holds, what does not, and what is too
// wide to tell.
#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "bench/open/theory.hpp"
#include "bench/open/theory_report.hpp"

namespace bookstore {
namespace {

constexpr double us = 1e3;

// Ten schedules of an M/M/1 queue at rho 0.5 with a mean service of 2 ms, so that the mean wait is 2 ms. The
// waits of the schedules lie `apart` above and below it in turn. Every start is 50 us from the predicted one.
std::vector<ScheduleOutcome> outcomes(double wait, double apart, double recursion_wait) {
  std::vector<ScheduleOutcome> list;
  for (int i = 0; i < 10; ++i)
    list.push_back({.wait = wait + 30 * us,  // late by half of a wake-up, on the whole
                    .queueing = wait + (i % 2 == 0 ? apart : -apart),
                    .recursion_wait = recursion_wait,
                    .service = 2000 * us,
                    .off_by = std::vector<std::int64_t>(100, 50'000),
                    .lateness = std::vector<std::int64_t>(10, 60'000)});
  return list;
}

constexpr TheoryCase one_worker{.workers = 1, .rho = 0.5};

TEST(Theory, SummaryByHand) {
  const TheoryResult result = summarise(one_worker, outcomes(2000 * us, 100 * us, 1950 * us));
  EXPECT_EQ(result.tasks, 1000u);
  EXPECT_NEAR(result.measured_wait_us, 2030, 1e-9);
  EXPECT_NEAR(result.queueing_us, 2000, 1e-9);
  EXPECT_NEAR(result.recursion_wait_us, 1950, 1e-9);
  EXPECT_NEAR(result.mean_service_us, 2000, 1e-9);
  EXPECT_NEAR(result.mean_lateness_us, 60, 1e-9);
  EXPECT_NEAR(result.p99_lateness_us, 60, 1e-9);
  EXPECT_EQ(result.starts_within_p99, 1);
  EXPECT_NEAR(result.erlang_wait_us, 2000, 1e-6);  // rho / (mu - lambda) = 0.5 / (1/2000 - 1/4000)
  // Sample variance 100^2 x 10/9; t with 9 degrees of freedom at 1 - (1 - 0.95^(1/7)) / 2.
  EXPECT_NEAR(result.queueing_upper_us - result.queueing_us, 3.447730 * 100 / 3, 1e-6);
  EXPECT_TRUE(result.recursion_holds());
  EXPECT_TRUE(result.erlang_holds());
  EXPECT_TRUE(result.precise_enough());
}

TEST(Theory, AMeanWaitFarFromErlangsIsFound) {
  EXPECT_FALSE(summarise(one_worker, outcomes(2120 * us, 100 * us, 2120 * us)).erlang_holds());
  EXPECT_TRUE(summarise(one_worker, outcomes(2110 * us, 100 * us, 2110 * us)).erlang_holds());
}

TEST(Theory, AMeanWaitFarFromTheRecursionsIsFound) {
  EXPECT_TRUE(summarise(one_worker, outcomes(2000 * us, 100 * us, 1911 * us)).recursion_holds());
  EXPECT_FALSE(summarise(one_worker, outcomes(2000 * us, 100 * us, 1909 * us)).recursion_holds());
}

TEST(Theory, StartsFarFromThePredictedOnesAreFound) {
  auto list = outcomes(2000 * us, 100 * us, 2000 * us);
  for (int i = 0; i < 50; ++i) list[0].off_by[static_cast<std::size_t>(i)] = 61'000;  // 5 % of all tasks
  EXPECT_TRUE(summarise(one_worker, list).recursion_holds());
  list[1].off_by[0] = 61'000;
  EXPECT_FALSE(summarise(one_worker, list).recursion_holds());
}

TEST(Theory, AWideIntervalIsNotCalledAnAgreement) {
  const TheoryResult wide = summarise(one_worker, outcomes(2000 * us, 500 * us, 2000 * us));
  EXPECT_TRUE(wide.erlang_holds());
  EXPECT_FALSE(wide.precise_enough());
  EXPECT_NE(theory_table({wide}).find("| wide |"), std::string::npos);
  // Sixteen workers at 0.9 need more tasks than anyone would wait for: shown, not judged.
  EXPECT_TRUE(summarise({16, 0.9}, outcomes(2000 * us, 500 * us, 2000 * us)).precise_enough());
}

TEST(Theory, NeedsItsTenSchedules) {
  EXPECT_THROW(summarise(one_worker, std::vector<ScheduleOutcome>(9)), std::logic_error);
}

}  // namespace
}  // namespace bookstore
