// Tasks that are dealt out beforehand, a block to each worker, on every backend that can.
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <vector>

#include "bench/measure/probes/roll_call.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/jobs.hpp"

namespace bookstore::backend {
namespace {

template <class Backend>
class StaticSplit : public testing::Test {
 public:
  static Team team(int workers) {
    Team team(workers);
    team.static_split = true;
    return team;
  }
};
TYPED_TEST_SUITE(StaticSplit, test::AllBackends, test::BackendNames);

// Writes down who runs each task, and after which other of his.
template <class Backend>
class SignedJob {
 public:
  SignedJob(std::uint32_t tasks, const Backend& backend) : by_(tasks, -1), backend_(backend) {}
  std::uint32_t size() const { return static_cast<std::uint32_t>(by_.size()); }
  Wait step(std::uint32_t task, std::uint32_t step) {
    if (step > 0) return done;
    by_[task] = backend_.worker();
    return task % 3 == 0 ? 1'000 : 0;
  }
  int by(std::uint32_t task) const { return by_[task]; }

 private:
  std::vector<int> by_;
  const Backend& backend_;
};

TYPED_TEST(StaticSplit, GivesEachWorkerItsBlock) {
  if constexpr (TypeParam::traits.static_split) {
    constexpr int workers = 3;
    TypeParam backend(TestFixture::team(workers));
    for (const std::uint32_t tasks : {0u, 1u, 2u, 3u, 100u, 1001u}) {
      SignedJob<TypeParam> job(tasks, backend);
      backend.run(job, AllAtOnce{});
      for (int worker = 0; worker < workers; ++worker) {
        const Block block = block_of(tasks, worker, workers);
        std::set<int> by;
        for (std::uint32_t task = block.begin; task < block.end; ++task) by.insert(job.by(task));
        EXPECT_EQ(by.size(), block.begin == block.end ? 0u : 1u) << tasks << " tasks, block " << worker;
        // TBB lets whoever is done with his own block run another that nobody has begun.
        if (TypeParam::traits.name != "tbb" && !by.empty()) {
          EXPECT_EQ(*by.begin(), worker) << tasks << " tasks";
        }
      }
    }
  } else {
    EXPECT_THROW(TypeParam(TestFixture::team(1)), std::invalid_argument);
  }
}

TYPED_TEST(StaticSplit, HasAllWorkersAtWork) {
  if constexpr (TypeParam::traits.static_split) {
    TypeParam backend(TestFixture::team(4));
    EXPECT_NO_THROW(measure::call_roll(backend));
  }
}

TYPED_TEST(StaticSplit, RunsEveryTaskOnceWithItsStepsInOrder) {
  if constexpr (TypeParam::traits.static_split) {
    TypeParam backend(TestFixture::team(4));
    for (int run = 0; run < 3; ++run) {
      test::AccountedJob job(1'000, {0, 2'000});
      backend.run(job, AllAtOnce{});
      EXPECT_EQ(job.tasks_not_done_once(), 0u);
      EXPECT_EQ(job.steps_out_of_order(), 0u);
    }
  }
}

}  // namespace
}  // namespace bookstore::backend
