#include "bench/seam/any_run.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/support/clocks.hpp"
#include "tests/support/jobs.hpp"

namespace bookstore::backend {
namespace {

// Counts what it is shown, for all its copies.
struct Counts {
  std::vector<std::int64_t>* seen;  // steps, releases
  void before(std::uint32_t, std::uint32_t) const {}
  void after(std::uint32_t, std::uint32_t, Wait) { ++(*seen)[0]; }
  void released(std::uint32_t, std::int64_t time) { (*seen)[1] += time; }
};

TEST(AnyRun, AdvancesATaskToItsWaitsAndShowsEveryStep) {
  test::AccountedJob job(4, {0, 70, 0});
  std::vector<std::int64_t> seen(2, 0);
  const Counts probe{&seen};
  const Timers<> waiter;
  const AnyRun run(job, probe, waiter);
  EXPECT_EQ(run.size(), 4u);
  // Task 3 has four steps: it waits after those that AccountedJob says, and goes on at once after the others.
  Resumption at{3, 0};
  std::vector<Wait> waits;
  while (waits.empty() || waits.back() > 0) waits.push_back(run.advance(at));
  EXPECT_EQ(waits, (std::vector<Wait>{70, done}));
  EXPECT_EQ(at.step, 4u);
  EXPECT_EQ(seen[0], 4);
  run.released(2, 11);
  EXPECT_EQ(seen[1], 11);
  EXPECT_TRUE(run.machine_time());
}

TEST(AnyRun, BlocksOnTheClockThatItIsGiven) {
  test::JumpingClock clock;
  test::AccountedJob job(4, {500});
  const NoProbe probe;
  const Timers waiter(clock.handle());
  const AnyRun run(job, probe, waiter);
  const std::int64_t before = run.now();
  for (std::uint32_t task = 0; task < run.size(); ++task) run.run_blocking(task);
  EXPECT_EQ(job.tasks_not_done_once(), 0u);
  EXPECT_EQ(run.now() - before, 6 * 500) << "0, 1, 2 and 3 waits";
  EXPECT_FALSE(run.machine_time());
  EXPECT_GE(run.end_of(1'000).at, run.now() + 1'000);
}

TEST(AnyAlarm, OfTheMachinesClockIsWokenByWhoeverSetsIt) {
  test::AccountedJob job(1);
  const NoProbe probe;
  const Timers<> waiter;
  const AnyRun run(job, probe, waiter);
  AnyAlarm alarm(1, AnyClock(run));
  alarm.set(run.now() + 1'000'000);
  const std::int64_t before = run.now();
  alarm.sleep_until(0, never);
  EXPECT_GE(run.now() - before, 900'000);
  alarm.end();
  alarm.sleep_until(0, never);
}

}  // namespace
}  // namespace bookstore::backend
