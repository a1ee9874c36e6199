// Open runs of every backend: each task arrives when the schedule says, whatever the backend is doing.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/measure/probes/roll_call.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/clocks.hpp"
#include "tests/support/durations.hpp"
#include "tests/support/jobs.hpp"
#include "tests/support/spilled.hpp"

namespace bookstore::backend {
namespace {

using test::AccountedJob;
using test::workers_of;

template <class Backend>
class OpenRuns : public testing::Test {};
TYPED_TEST_SUITE(OpenRuns, test::AllBackends, test::BackendNames);

// Writes down what it is shown, in slots that the door and then the task's worker write alone.
template <class Clock>
class DoorProbe {
 public:
  struct Sight {
    std::uint32_t releases = 0;
    std::int64_t released = -1;
    std::int64_t let_in = -1;   // the clock when the release was told
    std::int64_t started = -1;  // the clock at the first step
    bool started_before_release = false;
    std::uint32_t finishes = 0;
  };

  DoorProbe(std::vector<Sight>& sights, Clock clock) : sights_(&sights), clock_(clock) {}
  void released(std::uint32_t task, std::int64_t time) {
    Sight& sight = (*sights_)[task];
    ++sight.releases;
    sight.released = time;
    sight.let_in = clock_.now();
  }
  void before(std::uint32_t task, std::uint32_t step) {
    if (step != 0) return;
    Sight& sight = (*sights_)[task];
    sight.started_before_release = sight.releases == 0;
    sight.started = clock_.now();
  }
  void after(std::uint32_t task, std::uint32_t, Wait wait) {
    if (wait < 0) ++(*sights_)[task].finishes;
  }

 private:
  std::vector<Sight>* sights_;
  Clock clock_;
};

// Runs the job on these arrivals and checks every task against them.
template <class Backend, class J, class Clock>
void expect_arrivals_kept(Backend& backend, J& job, const std::vector<std::int64_t>& at, std::int64_t start,
                          Clock clock) {
  std::vector<typename DoorProbe<Clock>::Sight> sights(at.size());
  backend.run(job, Schedule{.at = at, .start = start}, DoorProbe<Clock>(sights, clock), Timers(clock));
  for (std::uint32_t task = 0; task < at.size(); ++task) {
    const auto& sight = sights[task];
    ASSERT_EQ(sight.releases, 1u) << "task " << task;
    ASSERT_EQ(sight.finishes, 1u) << "task " << task;
    ASSERT_FALSE(sight.started_before_release) << "task " << task;
    ASSERT_GE(sight.released, start + at[task]) << "task " << task;
    ASSERT_GE(sight.let_in, sight.released) << "task " << task << " was let in before its time";
    ASSERT_GE(sight.started, sight.released) << "task " << task;
  }
}

std::vector<std::int64_t> every(std::int64_t gap, std::uint32_t tasks) {
  std::vector<std::int64_t> at(tasks);
  for (std::uint32_t task = 0; task < tasks; ++task) at[task] = gap * task;
  return at;
}

TYPED_TEST(OpenRuns, ReleaseEveryTaskOnceNotBeforeItsArrival) {
  TypeParam backend(workers_of<TypeParam>(4), Load::open);
  const SteadyClock clock;
  for (const std::uint32_t tasks : {1u, 2u, 300u}) {
    AccountedJob job(tasks, {20'000, 0, 300'000});
    expect_arrivals_kept(backend, job, every(50'000, tasks), clock.now() + 1'000'000, clock);
    EXPECT_EQ(job.tasks_not_done_once(), 0u);
    EXPECT_EQ(job.steps_out_of_order(), 0u);
  }
}

TYPED_TEST(OpenRuns, TakeACrowdThatArrivesAtOnce) {
  for (const int workers : {1, 4}) {
    if (TypeParam::traits.single_threaded && workers > 1) continue;
    TypeParam backend(workers, Load::open);
    const SteadyClock clock;
    // Far more than any runtime queues before it makes the submitter work.
    AccountedJob job(test::tasks_of<TypeParam>(20'000));
    expect_arrivals_kept(backend, job, every(0, job.size()), clock.now(), clock);
    EXPECT_EQ(job.tasks_not_done_once(), 0u);
    EXPECT_EQ(job.steps_out_of_order(), 0u);
  }
}

TYPED_TEST(OpenRuns, TakeArrivalsThatAreLongPast) {
  TypeParam backend(workers_of<TypeParam>(2), Load::open);
  const SteadyClock clock;
  AccountedJob job(100, {0, 5'000});
  expect_arrivals_kept(backend, job, every(1'000, job.size()), clock.now() - 1'000'000'000, clock);
  EXPECT_EQ(job.tasks_not_done_once(), 0u);
}

// Time passes by sleeping alone: were an arrival not slept for, its task would be let in too early.
TYPED_TEST(OpenRuns, WaitForArrivalsLongAfterAllElseIsFinished) {
  TypeParam backend(workers_of<TypeParam>(3), Load::open);
  test::JumpingClock clock;
  const std::int64_t start = clock.handle().now() + test::hour;
  AccountedJob job(50, {0, 1'000'000});
  expect_arrivals_kept(backend, job, every(test::hour, job.size()), start, clock.handle());
  EXPECT_EQ(job.tasks_not_done_once(), 0u);
  EXPECT_GE(clock.handle().now(), start + 49 * test::hour);
}

TYPED_TEST(OpenRuns, EndAtOnceWhenNobodyComes) {
  TypeParam backend(workers_of<TypeParam>(2), Load::open);
  test::JumpingClock clock;
  AccountedJob job(0);
  backend.run(job, Schedule{.at = {}, .start = test::hour}, NoProbe{}, Timers(clock.handle()));
  EXPECT_EQ(clock.sleeps(), 0);
}

TYPED_TEST(OpenRuns, FollowOneAnotherOnOneBackend) {
  TypeParam backend(workers_of<TypeParam>(2), Load::open);
  const SteadyClock clock;
  for (const std::uint32_t tasks : {200u, 0u, 3u, 500u}) {
    AccountedJob job(tasks, {0, 2'000});
    expect_arrivals_kept(backend, job, every(1'000, tasks), clock.now(), clock);
    EXPECT_EQ(job.tasks_not_done_once(), 0u);
  }
}

// Who runs steps and who opens the door.
class ThreadsJob {
 public:
  explicit ThreadsJob(std::uint32_t tasks) : tasks_(tasks) {}
  std::uint32_t size() const { return tasks_; }
  Wait step(std::uint32_t, std::uint32_t) {
    const std::scoped_lock guard(lock_);
    threads_.insert(std::this_thread::get_id());
    return done;
  }
  const std::set<std::thread::id>& threads() const { return threads_; }

 private:
  std::uint32_t tasks_;
  std::mutex lock_;
  std::set<std::thread::id> threads_;
};

TYPED_TEST(OpenRuns, HaveAsManyWorkersAsAskedFor) {
  for (const int workers : {1, 2, 7, 64, 2}) {
    if (TypeParam::traits.single_threaded && workers > 1) continue;
    TypeParam backend(workers, Load::open);
    EXPECT_EQ(backend.workers(), workers);
    EXPECT_NO_THROW(measure::call_roll(backend, Load::open)) << workers;
    EXPECT_NO_THROW(measure::call_roll(backend, Load::open)) << workers << ", again";
  }
}

#ifdef BOOKSTORE_HAVE_OPENMP
// The bound that keeps the door from work must not keep tasks from workers.
TEST(OpenRunsOfOpenMp, HaveMoreWorkersThanARuntimeQueuesTasks) {
  OpenMp backend(300, Load::open);
  EXPECT_NO_THROW(measure::call_roll(backend, Load::open));
}
#endif

TYPED_TEST(OpenRuns, KeepTheDoorFromBehindTheCounter) {
  // The largest first: a runtime may keep its threads for the next backend.
  for (const int workers : {64, 1, 2, 8}) {
    if (TypeParam::traits.single_threaded && workers > 1) continue;
    TypeParam backend(workers, Load::open);
    measure::call_roll(backend, Load::open);
    // A crowd, a stream, and arrivals far enough apart for idle workers to fall asleep in between.
    for (const auto& [gap, tasks] : {std::pair{0, 5'000u}, {2'000, 5'000u}, {2'000'000, 50u}}) {
      ThreadsJob job(std::min(tasks, test::tasks_of<TypeParam>(5'000)));
      backend.run(job, Schedule{.at = every(gap, job.size()), .start = SteadyClock{}.now()});
      EXPECT_EQ(job.threads().contains(std::this_thread::get_id()), TypeParam::traits.single_threaded);
      if (!TypeParam::traits.new_threads && !TypeParam::traits.floating) {
        EXPECT_LE(job.threads().size(), static_cast<std::size_t>(workers)) << workers << " workers";
      }
    }
  }
}

// Tasks of one step, of which those from `first_bad` on throw.
struct FailingCrowd {
  std::uint32_t tasks = 0;
  std::uint32_t first_bad = 0;
  std::atomic<std::uint32_t> begun{0};
  std::atomic<bool> thrown{false};

  std::uint32_t size() const { return tasks; }
  Wait step(std::uint32_t task, std::uint32_t) {
    begun.fetch_add(1);
    if (task < first_bad) return done;
    thrown.store(true);
    throw test::Spilled(task);
  }
};

TYPED_TEST(OpenRuns, HandTheFailureOfAStepToTheCaller) {
  TypeParam backend(workers_of<TypeParam>(4), Load::open);
  for (int run = 0; run < 3; ++run) {
    FailingCrowd job{.tasks = 100, .first_bad = 99};
    try {
      backend.run(job, Schedule{.at = every(1'000, job.tasks), .start = SteadyClock{}.now()});
      FAIL() << "no failure reached the caller";
    } catch (const test::Spilled& spilled) {
      EXPECT_EQ(spilled.task, 99u);
    }
    AccountedJob next(300, {0, 1'000});
    backend.run(next, Schedule{.at = every(1'000, next.size()), .start = SteadyClock{}.now()});
    EXPECT_EQ(next.tasks_not_done_once(), 0u) << "the run after a failed one";
  }
}

// A worker that has failed knows it: each begins one task at most.
TYPED_TEST(OpenRuns, BeginNothingAfterAFailure) {
  for (const int wanted : {1, 8}) {
    const int workers = workers_of<TypeParam>(wanted);
    TypeParam backend(workers, Load::open);
    FailingCrowd job{.tasks = 5'000, .first_bad = 0};
    EXPECT_THROW(backend.run(job, Schedule{.at = every(0, job.tasks), .start = SteadyClock{}.now()}),
                 test::Spilled);
    EXPECT_LE(job.begun.load(), static_cast<std::uint32_t>(workers));
  }
}

// Nobody sleeps beyond the first arrival until a step has thrown, and then for a moment.
class ClockOfAFailure {
 public:
  ClockOfAFailure(test::JumpingClock& time, const FailingCrowd& job) : time_(time.handle()), job_(&job) {}
  std::int64_t now() const { return time_.now(); }
  void sleep_until(std::int64_t deadline) const {
    while (!job_->thrown.load()) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    time_.sleep_until(deadline);
  }

 private:
  test::JumpingClock::Handle time_;
  const FailingCrowd* job_;
};

TYPED_TEST(OpenRuns, AFailureClosesTheDoor) {
  TypeParam backend(workers_of<TypeParam>(2), Load::open);
  test::JumpingClock time;
  FailingCrowd job{.tasks = 100'000, .first_bad = 0};
  const std::int64_t start = time.handle().now();
  EXPECT_THROW(backend.run(job, Schedule{.at = every(test::hour, job.tasks), .start = start}, NoProbe{},
                           Timers(ClockOfAFailure(time, job))),
               test::Spilled);
  EXPECT_LT(time.handle().now(), start + (job.tasks - 1) * test::hour);
  EXPECT_LE(job.begun.load(), 2u);
}

// A job that hurries its own schedule: the first task sets the flag.
struct HurryingJob {
  std::uint32_t tasks = 0;
  std::atomic<bool> hurried{false};
  std::atomic<std::uint32_t> begun{0};

  std::uint32_t size() const { return tasks; }
  Wait step(std::uint32_t, std::uint32_t) {
    hurried.store(true);
    begun.fetch_add(1);
    return done;
  }
};

// Nobody sleeps beyond the first arrival until the flag is set.
class ClockOfAHurry {
 public:
  ClockOfAHurry(test::JumpingClock& time, const HurryingJob& job) : time_(time.handle()), job_(&job) {}
  std::int64_t now() const { return time_.now(); }
  void sleep_until(std::int64_t deadline) const {
    while (!job_->hurried.load()) std::this_thread::yield();
    time_.sleep_until(deadline);
  }

 private:
  test::JumpingClock::Handle time_;
  const HurryingJob* job_;
};

TYPED_TEST(OpenRuns, AHurriedScheduleLetsAllArriveAtOnce) {
  TypeParam backend(workers_of<TypeParam>(2), Load::open);
  test::JumpingClock time;
  HurryingJob job{.tasks = 1'000};
  const std::int64_t start = time.handle().now();
  const auto at = every(test::hour, job.tasks);
  backend.run(job, Schedule{.at = at, .start = start, .hurried = &job.hurried}, NoProbe{},
              Timers(ClockOfAHurry(time, job)));
  EXPECT_EQ(job.begun.load(), 1'000u);
  // Whoever slept already sleeps until the arrival that was to be the next.
  EXPECT_LE(time.handle().now(), start + 3 * test::hour);
}

}  // namespace
}  // namespace bookstore::backend
