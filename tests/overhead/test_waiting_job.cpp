#include "bench/overhead/support/waiting_job.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace bookstore::overhead {
namespace {

struct HandClock {
  const std::int64_t* time;
  std::int64_t now() const { return *time; }
};

constexpr std::int64_t span = 1'000'000;
constexpr std::int64_t lead = 1'000;

TEST(WaitingJob, KnowsOfEachTaskHowLateItWentOn) {
  constexpr std::uint32_t tasks = 1'000;
  std::int64_t time = 5;
  WaitingJob<HandClock> job(WaitPlan(tasks, Ends::equal, span, lead), 1, HandClock{&time});
  job.start(true);
  time = 105;
  for (std::uint32_t task = 0; task < tasks; ++task) ASSERT_EQ(job.step(task, 0), span + lead - 100);
  const std::int64_t end = 5 + span + lead;
  for (std::uint32_t task = 0; task < tasks; ++task) {
    time = end + task;
    ASSERT_EQ(job.step(task, 1), done);
  }
  std::vector<std::int64_t> expected;
  for (std::uint32_t task = 0; task < tasks; ++task) expected.push_back(task);
  EXPECT_EQ(job.lateness(), expected);
  EXPECT_EQ(job.most_waiting(), tasks);
  EXPECT_EQ(job.early(), 0u);
}

// One went on before the last began, and before its time.
TEST(WaitingJob, CountsThoseThatNeverWaitedAllAtOnceAndThoseThatWereEarly) {
  std::int64_t time = 0;
  WaitingJob<HandClock> job(WaitPlan(3, Ends::equal, span, lead), 1, HandClock{&time});
  job.start(true);
  job.step(0, 0);
  job.step(1, 0);
  time = span;
  job.step(0, 1);
  job.step(2, 0);
  EXPECT_EQ(job.most_waiting(), 2);
  EXPECT_EQ(job.early(), 1u);
}

// What a run without waits leaves behind is not counted in the next one.
TEST(WaitingJob, StartsAnewWithEachRun) {
  std::int64_t time = 0;
  WaitingJob<HandClock> job(WaitPlan(2, Ends::equal, span, lead), 1, HandClock{&time});
  job.start(false);
  for (const std::uint32_t task : {0u, 1u}) {
    EXPECT_EQ(job.step(task, 0), 0);
    EXPECT_EQ(job.step(task, 1), done);
  }
  EXPECT_EQ(job.early(), 0u);
  job.start(true);
  job.step(0, 0);
  job.step(1, 0);
  time = span + lead;
  job.step(0, 1);
  EXPECT_EQ(job.most_waiting(), 2);
}

// Whatever ends they have, some of many tasks come near the longest wait, and none goes beyond.
TEST(WaitPlan, KnowsItsLongestWait) {
  for (const Ends ends : {Ends::uniform, Ends::equal, Ends::shop}) {
    const WaitPlan plan(10'000, ends, span, lead);
    std::int64_t longest = 0;
    for (std::uint32_t task = 0; task < plan.size(); ++task)
      longest = std::max(longest, plan.end_of(task, 0, 0));
    EXPECT_LE(longest, plan.longest());
    EXPECT_GT(longest, plan.longest() * 99 / 100);
  }
}

}  // namespace
}  // namespace bookstore::overhead
