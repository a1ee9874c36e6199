// What a backend does with a task's wait.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <iterator>
#include <vector>

#include "tests/support/backends.hpp"
#include "tests/support/clocks.hpp"
#include "tests/support/durations.hpp"
#include "tests/support/jobs.hpp"

namespace bookstore::backend {
namespace {

using test::blocks;
using test::workers_of;

template <class Backend>
class WaitsOf : public testing::Test {};
TYPED_TEST_SUITE(WaitsOf, test::AllBackends, test::BackendNames);

// Keeps account of which tasks were foreseen, and whether any of them ran no step after that.
class ForeseenJob : public test::AccountedJob {
 public:
  using AccountedJob::AccountedJob;

  void foresee(std::uint32_t task) const { foreseen_.push_back(task); }
  Wait step(std::uint32_t task, std::uint32_t step) {
    std::erase(foreseen_, task);
    most_foreseen_ = std::max(most_foreseen_, foreseen_.size());
    return AccountedJob::step(task, step);
  }

  std::size_t most_foreseen() const { return most_foreseen_; }
  std::size_t never_came() const { return foreseen_.size(); }

 private:
  mutable std::vector<std::uint32_t> foreseen_;
  std::size_t most_foreseen_ = 0;
};

// Reads the clock at the end of each step and at the beginning of the next.
class TimedJob {
 public:
  static constexpr std::uint32_t steps = 4;

  explicit TimedJob(std::uint32_t tasks) : ended_(tasks, 0) {}
  std::uint32_t size() const { return static_cast<std::uint32_t>(ended_.size()); }

  Wait step(std::uint32_t task, std::uint32_t step) {
    if (step > 0 && clock_.now() < ended_[task] + wait_after(task, step - 1)) early_.fetch_add(1);
    if (step + 1 == steps) return done;
    ended_[task] = clock_.now();
    return wait_after(task, step);
  }

  std::uint32_t early() const { return early_.load(); }

 private:
  // From a tenth of a microsecond to two milliseconds.
  static Wait wait_after(std::uint32_t task, std::uint32_t step) {
    constexpr Wait waits[] = {100, 2'000'000, 1'999, 30'000, 333'333, 0, 1'000'000};
    return waits[(task * steps + step) % std::size(waits)];
  }

  std::vector<std::int64_t> ended_;
  std::atomic<std::uint32_t> early_{0};
  SteadyClock clock_;
};

TYPED_TEST(WaitsOf, AreNeverCutShort) {
  TypeParam backend(workers_of<TypeParam>(8));
  TimedJob job(60);
  backend.run(job, AllAtOnce{});
  EXPECT_EQ(job.early(), 0u);
}

TYPED_TEST(WaitsOf, LastTheirTimeOnTheClockThatTheRunIsGiven) {
  TypeParam backend(1);
  test::JumpingClock clock;
  const std::int64_t before = clock.handle().now();
  test::WaitingJob job(1, test::hour);
  backend.run(job, AllAtOnce{}, NoProbe{}, Timers(clock.handle()));
  EXPECT_EQ(job.finished(), 1u);
  EXPECT_GE(clock.handle().now() - before, test::hour);
  EXPECT_LE(clock.handle().now() - before, test::hour + test::hour / 1000);
}

// A hint, which only a backend that knows who comes next can give.
TYPED_TEST(WaitsOf, WhoIsForeseenGoesOnSoon) {
  TypeParam backend(1);
  test::JumpingClock clock;
  ForeseenJob job(200, {1'000'000});
  backend.run(job, AllAtOnce{}, NoProbe{}, Timers(clock.handle()));
  EXPECT_EQ(job.tasks_not_done_once(), 0u);
  EXPECT_EQ(job.never_came(), 0u);
  // Where a thread beside the workers keeps the waits, who goes on next is known, but not on which worker.
  if (!blocks<TypeParam> && !TypeParam::traits.submitter) {
    EXPECT_GT(job.most_foreseen(), 1u);
  }
}

TYPED_TEST(WaitsOf, NothingSleepsForAWaitOfZero) {
  TypeParam backend(workers_of<TypeParam>(4));
  test::JumpingClock clock;
  test::AccountedJob job(200, {0});
  backend.run(job, AllAtOnce{}, NoProbe{}, Timers(clock.handle()));
  EXPECT_EQ(job.tasks_not_done_once(), 0u);
  EXPECT_EQ(clock.sleeps(), 0);
}

// Blocking: as many tasks wait at once as there are workers, no more.
template <class Backend>
void expect_workers_wait_with_their_tasks(int workers) {
  Backend backend(workers);
  test::GatheringClock clock(workers);
  test::WaitingJob job(static_cast<std::uint32_t>(3 * workers), 1'000'000);
  backend.run(job, AllAtOnce{}, NoProbe{}, Timers(clock.handle()));
  EXPECT_EQ(job.finished(), job.size());
  EXPECT_EQ(clock.most_asleep(), workers);
  EXPECT_EQ(job.most_in_flight(), static_cast<std::uint32_t>(workers));
  if (!Backend::traits.new_threads) {
    EXPECT_EQ(job.threads(), workers);
  }
}

// Overlapped: all tasks wait at once, in however many threads there are.
template <class Backend>
void expect_all_tasks_wait_at_once(int workers) {
  Backend backend(workers);
  test::JumpingClock time;
  test::WaitingJob job(5'000, 1'000'000);
  const auto all_there = [&job] { return job.begun() == job.size(); };
  backend.run(job, AllAtOnce{}, NoProbe{}, Timers(test::ClockOfACrowd(time, all_there)));
  EXPECT_EQ(job.finished(), job.size());
  EXPECT_EQ(job.most_in_flight(), job.size());
  if (!Backend::traits.floating) {
    EXPECT_LE(job.threads(), workers);
  }
}

TYPED_TEST(WaitsOf, LetAsManyTasksWaitAtOnceAsTheKindOfBackendSays) {
  for (const int wanted : {1, 2, 7, 64}) {
    const int workers = workers_of<TypeParam>(wanted);
    if constexpr (blocks<TypeParam>)
      expect_workers_wait_with_their_tasks<TypeParam>(workers);
    else
      expect_all_tasks_wait_at_once<TypeParam>(workers);
  }
}

TYPED_TEST(WaitsOf, KeepToTheLimitOfTasksInFlight) {
  for (const std::uint32_t limit : {1u, 2u, 10u, 99u, 100u, 1000u}) {
    TypeParam backend(1);
    test::JumpingClock time;
    test::WaitingJob job(100, 1'000'000);
    // A blocking backend has as many tasks in flight as workers, whatever the limit.
    const std::uint32_t most = blocks<TypeParam> ? 1u : std::min(limit, 100u);
    const auto all_there = [&] { return job.begun() >= most; };
    backend.run(job, AllAtOnce{.in_flight = limit}, NoProbe{}, Timers(test::ClockOfACrowd(time, all_there)));
    EXPECT_EQ(job.finished(), 100u);
    EXPECT_EQ(job.most_in_flight(), most) << "limit " << limit;
  }
}

}  // namespace
}  // namespace bookstore::backend
