#include "bench/closed/step_times.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/support/shop.hpp"

namespace bookstore {
namespace {

// Moves by the steps' work, and by 3 ns at each reading.
struct Clock {
  std::int64_t* time;
  std::int64_t now() const { return *time += 3; }
};

// Kinds 0 and 2; the second step of a task of kind 2 takes 100 ns more in every fifth task.
struct Steps {
  std::int64_t* time;
  std::uint32_t size() const { return 20; }
  std::uint32_t kind(std::uint32_t task) const { return task % 2 == 0 ? 0 : 2; }
  Wait step(std::uint32_t task, std::uint32_t step) {
    *time += 10 * (step + 1) + kind(task) + (task % 5 == 0 ? 100 : 0);
    return kind(task) == 2 && step == 0 ? 500 : done;
  }
};

TEST(StepTimes, AreMediansByKindAndStepWithoutTheClock) {
  std::int64_t time = 0;
  Steps steps{&time};
  const auto found = time_steps(steps, Clock{&time});
  ASSERT_EQ(found.size(), 3U);
  const std::vector<double> expected{10, 12, 22};
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(found[i].ns, expected[i]) << i;
  EXPECT_EQ(found[0].kind, 0U);
  EXPECT_EQ(found[2].kind, 2U);
  EXPECT_EQ(found[2].step, 1U);
}

TEST(StepTimes, OfAShopTellWhichOfItsStepsHoldLocks) {
  const workload::Plan plan(workload::find_mix("counter"), test::small_day(100));
  const ShopTimes times = time_shop(plan);
  ASSERT_EQ(times.steps.size(), times.held.size());
  for (std::size_t i = 0; i < times.held.size(); ++i) {
    EXPECT_EQ(times.held[i].kind, times.steps[i].kind);
    EXPECT_EQ(times.held[i].step, times.steps[i].step);
    if (times.held[i].step == 0) {
      EXPECT_EQ(times.held[i].ns, 0) << times.held[i].kind;
    }
  }
  // Rent and return do so little under a lock that the clock may not show it; to shelve takes microseconds.
  const workload::Plan batches(workload::find_mix("shelving"), test::small_day(100));
  EXPECT_GT(time_shop(batches).held.at(0).ns, 0);
  EXPECT_GT(times.lock_ns, 0);
}

}  // namespace
}  // namespace bookstore
