// Every backend runs every task, whole, once.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/support/backends.hpp"
#include "tests/support/jobs.hpp"

namespace bookstore::backend {
namespace {

using test::AccountedJob;
using test::workers_of;

template <class Backend>
class Dispatch : public testing::Test {};
TYPED_TEST_SUITE(Dispatch, test::AllBackends, test::BackendNames);

template <class Backend>
void expect_done(Backend& backend, AccountedJob& job) {
  backend.run(job, AllAtOnce{});
  EXPECT_EQ(job.tasks_not_done_once(), 0u) << job.size() << " tasks, " << backend.workers() << " workers";
  EXPECT_EQ(job.steps_out_of_order(), 0u);
}

TYPED_TEST(Dispatch, RunsEveryTaskOnceWithItsStepsInOrder) {
  TypeParam backend(workers_of<TypeParam>(4));
  // Around the sizes at which groups and halves split.
  for (const std::uint32_t tasks : {2u, 3u, 63u, 64u, 65u, 127u, 129u, 1000u}) {
    AccountedJob job(tasks);
    expect_done(backend, job);
  }
}

TYPED_TEST(Dispatch, RunsTasksThatWait) {
  TypeParam backend(workers_of<TypeParam>(4));
  AccountedJob job(100, {1'000, 0, 50'000, 300});
  expect_done(backend, job);
}

TYPED_TEST(Dispatch, HasNothingToDoForAnEmptyJob) {
  TypeParam backend(workers_of<TypeParam>(3));
  AccountedJob job(0);
  expect_done(backend, job);
}

TYPED_TEST(Dispatch, RunsASingleTask) {
  TypeParam backend(workers_of<TypeParam>(3));
  AccountedJob job(1);
  expect_done(backend, job);
}

TYPED_TEST(Dispatch, CopesWithMoreWorkersThanTasks) {
  TypeParam backend(workers_of<TypeParam>(16));
  for (int run = 0; run < 20; ++run) {
    AccountedJob job(5);
    expect_done(backend, job);
  }
}

TYPED_TEST(Dispatch, RunsOneJobAfterTheOther) {
  TypeParam backend(workers_of<TypeParam>(2));
  for (const std::uint32_t tasks : {300u, 0u, 7u, 500u}) {
    AccountedJob job(tasks, {0, 2'000});
    expect_done(backend, job);
  }
}

TYPED_TEST(Dispatch, TwoBackendsOfDifferentSizesDoNotMix) {
  TypeParam small(1), large(workers_of<TypeParam>(5));
  for (TypeParam* each : {&large, &small, &large}) {
    AccountedJob job(200);
    expect_done(*each, job);
  }
}

TYPED_TEST(Dispatch, StandsAHundredThousandTasks) {
  TypeParam backend(workers_of<TypeParam>(4));
  AccountedJob job(test::tasks_of<TypeParam>(100'000));
  expect_done(backend, job);
}

// Writes down what it is shown, in slots that each task writes alone.
class LoggingProbe {
 public:
  struct Sight {
    std::uint32_t before = 0;
    std::uint32_t after = 0;
    std::vector<Wait> waits;
    bool in_turn = true;
  };

  explicit LoggingProbe(std::vector<Sight>& sights) : sights_(&sights) {}
  void before(std::uint32_t task, std::uint32_t step) {
    Sight& sight = (*sights_)[task];
    sight.in_turn = sight.in_turn && sight.before == step && sight.after == step;
    ++sight.before;
  }
  void after(std::uint32_t task, std::uint32_t step, Wait wait) {
    Sight& sight = (*sights_)[task];
    sight.in_turn = sight.in_turn && sight.before == step + 1 && sight.after == step;
    ++sight.after;
    sight.waits.push_back(wait);
  }
  void released(std::uint32_t, std::int64_t) {}

 private:
  std::vector<Sight>* sights_;
};

TYPED_TEST(Dispatch, ShowsEveryStepToTheProbe) {
  TypeParam backend(workers_of<TypeParam>(3));
  AccountedJob job(400, {0, 1'000});
  std::vector<LoggingProbe::Sight> sights(job.size());
  backend.run(job, AllAtOnce{}, LoggingProbe(sights));
  for (std::uint32_t task = 0; task < job.size(); ++task) {
    ASSERT_TRUE(sights[task].in_turn) << "task " << task;
    ASSERT_EQ(sights[task].after, AccountedJob::steps_of(task));
    for (std::uint32_t step = 0; step < AccountedJob::steps_of(task); ++step)
      ASSERT_EQ(sights[task].waits[step], job.wait_after(task, step)) << "task " << task << ", step " << step;
  }
}

}  // namespace
}  // namespace bookstore::backend
