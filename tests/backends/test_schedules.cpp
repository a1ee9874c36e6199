// Whatever order the tasks come to run in, all backends end in the same shop: workers are held up at random
// at every step, before it and after it. And the extremes of what a backend can be asked for.
//
// BOOKSTORE_TASKS says how many tasks the days have (default 3,000).
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "bench/seam/limits.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/clocks.hpp"
#include "tests/support/durations.hpp"
#include "tests/support/jobs.hpp"
#include "tests/support/shop.hpp"
#include "workloads/bookstore/locks.hpp"
#include "workloads/random.hpp"

namespace bookstore::backend {
namespace {

using test::AccountedJob;
using test::workers_of;

double tasks_wanted(double usual) {
  const char* const given = std::getenv("BOOKSTORE_TASKS");
  return given == nullptr ? usual : std::stod(given);
}

// Holds up whoever passes, by an amount that depends on the seed, the task and the step alone.
class HoldUps {
 public:
  HoldUps(std::uint64_t seed, std::atomic<std::uint64_t>& held) : seed_(seed), held_(&held) {}

  void before(std::uint32_t task, std::uint32_t step) { hold_up(task, 2 * step); }
  void after(std::uint32_t task, std::uint32_t step, Wait) { hold_up(task, 2 * step + 1); }
  void released(std::uint32_t, std::int64_t) const {}

 private:
  void hold_up(std::uint32_t task, std::uint32_t place) {
    SplitMix64 random{seed_ ^ (std::uint64_t{task} << 8 | place)};
    const std::uint64_t draw = random.next();
    if (draw % 4 == 0) {
      held_->fetch_add(1, std::memory_order_relaxed);
      std::this_thread::yield();
    }
    // Long enough to be overtaken without giving the CPU away.
    if (draw % 64 == 1)
      for (std::uint64_t turn = draw >> 52; turn > 0; --turn) held_->fetch_add(0, std::memory_order_relaxed);
  }

  std::uint64_t seed_;
  std::atomic<std::uint64_t>* held_;
};

template <class Backend>
class Schedules : public testing::Test {
 public:
  using Locks = std::conditional_t<Backend::traits.single_threaded, workload::NoLocks, workload::ShelfLocks>;
};
TYPED_TEST_SUITE(Schedules, test::AllBackends, test::BackendNames);

TYPED_TEST(Schedules, ThatArePerturbedEndInTheSameShop) {
  using ShopLocks = typename TestFixture::Locks;
  workload::Parameters parameters =
      test::small_day(tasks_wanted(TypeParam::traits.new_threads ? 1'000 : 3'000));
  parameters.wait_scale = 0.001;
  const workload::Plan plan(workload::find_mix("day"), parameters);
  const std::uint64_t right = test::direct_digest(plan);
  // Of a day that takes minutes one schedule is enough.
  const std::uint64_t schedules = plan.size() > 100'000 ? 1 : 3;
  for (const int workers : {2, 7}) {
    if (workers_of<TypeParam>(workers) == 1 && workers != 2) continue;
    TypeParam backend(workers_of<TypeParam>(workers));
    for (std::uint64_t seed = 1; seed <= schedules; ++seed) {
      std::atomic<std::uint64_t> held{0};
      workload::Shop<ShopLocks> shop(plan);
      shop.open();
      backend.run(shop, AllAtOnce{}, HoldUps(seed, held));
      shop.close();
      EXPECT_EQ(shop.digest(), right) << workers << " workers, seed " << seed;
      EXPECT_GT(held.load(), plan.size() / 4) << "nobody was held up";
    }
  }
}

TYPED_TEST(Schedules, WithWaitsOfAnHourAndOfNothingEnd) {
  test::JumpingClock time;
  TypeParam backend(workers_of<TypeParam>(3));
  AccountedJob job(200, {0, test::hour, 1, 0, 7 * test::hour});
  backend.run(job, AllAtOnce{}, NoProbe{}, Timers(time.handle()));
  EXPECT_EQ(job.tasks_not_done_once(), 0u);
  EXPECT_EQ(job.steps_out_of_order(), 0u);
}

TYPED_TEST(Schedules, OfManyTasksWithoutWorkRunEachOnce) {
  TypeParam backend(workers_of<TypeParam>(4));
  const auto tasks = test::tasks_of<TypeParam>(static_cast<std::uint32_t>(tasks_wanted(30'000)));
  AccountedJob job(tasks);
  backend.run(job, AllAtOnce{});
  EXPECT_EQ(job.tasks_not_done_once(), 0u);
  const std::vector<std::int64_t> at_once(tasks, 0);
  AccountedJob crowd(tasks);
  TypeParam open(workers_of<TypeParam>(4), Load::open);
  open.run(crowd, Schedule{.at = at_once});
  EXPECT_EQ(crowd.tasks_not_done_once(), 0u);
}

// Far more workers than any machine of ours has cores.
TYPED_TEST(Schedules, OfAThousandWorkersRunEachTaskOnce) {
  constexpr int workers = 1024;
  if (thread_limit() < 2 * workers) GTEST_SKIP() << "this machine has no 1,024 threads to give";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  // In a process of its own: TBB fixes at its first use how many threads it will ever give.
  EXPECT_EXIT(
      {
        if constexpr (requires { TypeParam::expect_workers(1); }) TypeParam::expect_workers(workers);
        auto backend = make_backend<TypeParam>(workers_of<TypeParam>(workers));
        for (const std::uint32_t tasks : {0u, 1u, 5'000u}) {
          AccountedJob job(tasks, {0, 100'000});
          backend.run(job, AllAtOnce{});
          if (job.tasks_not_done_once() != 0 || job.steps_out_of_order() != 0) std::exit(1);
        }
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace bookstore::backend
