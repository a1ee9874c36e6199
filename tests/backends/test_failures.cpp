// A step that throws: the caller gets the first failure, nothing further is begun, and the backend lives on.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/backends.hpp"
#include "tests/support/jobs.hpp"
#include "tests/support/spilled.hpp"

namespace bookstore::backend {
namespace {

using test::workers_of;

// Tasks of two steps, of which those from `first_bad` on throw in step `bad_step`.
struct FailingJob {
  std::uint32_t tasks = 0;
  std::uint32_t first_bad = 0;
  std::uint32_t bad_step = 0;
  Wait wait = 0;
  std::atomic<std::uint32_t> begun{0};
  std::atomic<std::int64_t> first_thrown{-1};

  std::uint32_t size() const { return tasks; }
  Wait step(std::uint32_t task, std::uint32_t step) {
    if (step == 0) begun.fetch_add(1);
    if (task >= first_bad && step == bad_step) {
      std::int64_t none = -1;
      first_thrown.compare_exchange_strong(none, task);
      throw test::Spilled(task);
    }
    return step == 0 ? wait : done;
  }
};

template <class Backend>
class Failures : public testing::Test {};
TYPED_TEST_SUITE(Failures, test::AllBackends, test::BackendNames);

// Runs the job, which is to fail; answers whose failure the caller got.
template <class Backend>
std::int64_t failing_task(Backend& backend, FailingJob& job) {
  try {
    backend.run(job, AllAtOnce{});
  } catch (const test::Spilled& spilled) {
    return spilled.task;
  }
  ADD_FAILURE() << "no failure reached the caller";
  return -2;
}

template <class Backend>
void expect_usable(Backend& backend) {
  test::AccountedJob job(300, {0, 1'000});
  backend.run(job, AllAtOnce{});
  EXPECT_EQ(job.tasks_not_done_once(), 0u);
  EXPECT_EQ(job.steps_out_of_order(), 0u);
}

TYPED_TEST(Failures, ReachTheCallerAndLeaveTheBackendUsable) {
  TypeParam backend(workers_of<TypeParam>(4));
  for (int run = 0; run < 3; ++run) {
    FailingJob job{.tasks = 100, .first_bad = 99};
    EXPECT_EQ(failing_task(backend, job), 99);
    expect_usable(backend);
  }
}

TYPED_TEST(Failures, OfALaterStepReachTheCallerToo) {
  TypeParam backend(workers_of<TypeParam>(4));
  FailingJob job{.tasks = 50, .first_bad = 49, .bad_step = 1, .wait = 100'000};
  EXPECT_EQ(failing_task(backend, job), 49);
  expect_usable(backend);
}

TYPED_TEST(Failures, OneWorkerBeginsNothingAfterTheFirst) {
  TypeParam backend(1);
  FailingJob job{.tasks = 1'000, .first_bad = 0};
  const std::int64_t failed = failing_task(backend, job);
  EXPECT_EQ(failed, job.first_thrown.load()) << "not the first failure";
  EXPECT_EQ(job.begun.load(), 1u);
  expect_usable(backend);
}

// A worker that has failed knows it: each begins one task at most.
TYPED_TEST(Failures, ManyWorkersBeginNoMoreThanOneBadTaskEach) {
  const int workers = workers_of<TypeParam>(8);
  TypeParam backend(workers);
  FailingJob job{.tasks = 10'000, .first_bad = 0};
  EXPECT_GE(failing_task(backend, job), 0);
  EXPECT_LE(job.begun.load(), static_cast<std::uint32_t>(workers));
  expect_usable(backend);
}

TYPED_TEST(Failures, WhileOtherTasksWaitLeaveNothingForTheNextRun) {
  TypeParam backend(workers_of<TypeParam>(4));
  FailingJob job{.tasks = 4, .first_bad = 3, .wait = 2'000'000};
  EXPECT_EQ(failing_task(backend, job), 3);
  const std::uint32_t begun = job.begun.load();
  expect_usable(backend);
  EXPECT_EQ(job.begun.load(), begun) << "the failed run went on";
}

// Which steps fail; answers by name.
struct Place {
  const char* name;
  bool (*fails)(std::uint32_t task, std::uint32_t tasks, std::uint32_t step);
};

// The first task's, the last one's, one in the middle; before the wait and after it; all there are.
constexpr Place places[] = {
    {"first", [](std::uint32_t task, std::uint32_t, std::uint32_t step) { return task == 0 && step == 0; }},
    {"last", [](std::uint32_t task, std::uint32_t tasks,
                std::uint32_t step) { return task == tasks - 1 && step == 0; }},
    {"continuation of the first",
     [](std::uint32_t task, std::uint32_t, std::uint32_t step) { return task == 0 && step == 1; }},
    {"continuation of one in the middle", [](std::uint32_t task, std::uint32_t tasks,
                                             std::uint32_t step) { return task == tasks / 2 && step == 1; }},
    {"continuation of the last", [](std::uint32_t task, std::uint32_t tasks,
                                    std::uint32_t step) { return task == tasks - 1 && step == 1; }},
    {"all", [](std::uint32_t, std::uint32_t, std::uint32_t) { return true; }},
    {"all continuations", [](std::uint32_t, std::uint32_t, std::uint32_t step) { return step == 1; }},
};

struct PlacedJob {
  const Place* place;
  Wait wait;
  static constexpr std::uint32_t tasks = 60;

  std::uint32_t size() const { return tasks; }
  Wait step(std::uint32_t task, std::uint32_t step) {
    if (place->fails(task, tasks, step)) throw test::Spilled(task);
    return step == 0 ? wait : done;
  }
};

TYPED_TEST(Failures, AtAnyPlaceUnderEitherLoadReachTheCaller) {
  const std::vector<std::int64_t> at_once(PlacedJob::tasks, 0);
  TypeParam closed(workers_of<TypeParam>(3));
  TypeParam open(workers_of<TypeParam>(3), Load::open);
  for (const Place& place : places)
    for (const Wait wait : {0, 50'000}) {
      PlacedJob job{&place, wait};
      EXPECT_THROW(closed.run(job, AllAtOnce{}), test::Spilled) << place.name << ", waits " << wait;
      EXPECT_THROW(open.run(job, Schedule{.at = at_once}), test::Spilled) << place.name << ", waits " << wait;
      expect_usable(closed);
      test::AccountedJob next(PlacedJob::tasks, {0, 1'000});
      open.run(next, Schedule{.at = at_once});
      EXPECT_EQ(next.tasks_not_done_once(), 0u) << "after " << place.name;
    }
}

TYPED_TEST(Failures, NeedNotBeExceptionsOfTheLibrary) {
  struct Bad {
    std::uint32_t size() const { return 10; }
    Wait step(std::uint32_t, std::uint32_t) { throw 42; }
  };
  TypeParam backend(workers_of<TypeParam>(2));
  Bad job;
  EXPECT_THROW(backend.run(job, AllAtOnce{}), int);
  expect_usable(backend);
}

TEST(FirstFailureKept, IsTheFirst) {
  FirstFailure failure;
  EXPECT_FALSE(failure.failed());
  EXPECT_NO_THROW(failure.rethrow());
  for (const std::uint32_t task : {7u, 8u}) {
    try {
      throw test::Spilled(task);
    } catch (...) {
      failure.keep_current();
    }
  }
  EXPECT_TRUE(failure.failed());
  try {
    failure.rethrow();
    FAIL() << "nothing thrown";
  } catch (const test::Spilled& spilled) {
    EXPECT_EQ(spilled.task, 7u);
  }
}

}  // namespace
}  // namespace bookstore::backend
