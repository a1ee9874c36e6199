// The bookstore under every backend ends in the same shop.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <type_traits>

#include "tests/support/backends.hpp"
#include "tests/support/shop.hpp"
#include "workloads/bookstore/locks.hpp"
#include "workloads/service.hpp"

namespace bookstore::backend {
namespace {

using test::workers_of;

template <class Backend>
class ResultsOf : public testing::Test {
 public:
  // What the benchmarks use: locks only where steps can meet.
  using Locks = std::conditional_t<Backend::traits.single_threaded, workload::NoLocks, workload::ShelfLocks>;
};
TYPED_TEST_SUITE(ResultsOf, test::AllBackends, test::BackendNames);

template <class Locks, class Backend>
void expect_same_shop(const workload::Plan& plan, Backend& backend) {
  workload::Shop<Locks> shop(plan);
  workload::Opening<Locks> opening{shop};
  workload::Closing<Locks> closing{shop};
  backend.run(opening, AllAtOnce{});
  backend.run(shop, AllAtOnce{});
  backend.run(closing, AllAtOnce{});
  EXPECT_EQ(shop.digest(), test::direct_digest(plan))
      << plan.mix().name << ", seed " << plan.parameters().seed << ", " << backend.workers() << " workers";
}

TYPED_TEST(ResultsOf, EqualTheSequentialOnesForEveryWorkload) {
  for (const int workers : {1, 4, 16}) {
    TypeParam backend(workers_of<TypeParam>(workers));
    for (const auto& mix : workload::mix_table()) {
      for (const double seed : {1.0, 2.0}) {
        workload::Parameters parameters = test::small_day(TypeParam::traits.new_threads ? 100 : 200, seed);
        parameters.wait_scale = 0.02;
        expect_same_shop<typename TestFixture::Locks>(workload::Plan(mix, parameters), backend);
      }
    }
  }
}

TYPED_TEST(ResultsOf, OfServiceEqualTheSequentialOnes) {
  for (const int workers : {1, 4}) {
    TypeParam backend(workers_of<TypeParam>(workers));
    for (const auto spread : {workload::Spread::constant, workload::Spread::lognormal}) {
      const workload::ServiceShape shape{.steps = {{100, 20'000}, {50, 0}, {50, 1'000}}, .spread = spread};
      const workload::ServicePlan plan(shape, {.tasks = TypeParam::traits.new_threads ? 60u : 300u}, 0.5);
      workload::Service direct(plan), service(plan);
      do_directly(direct);
      backend.run(service, AllAtOnce{});
      service.close();
      EXPECT_EQ(service.digest(), direct.digest()) << backend.workers() << " workers";
    }
  }
}

// All meet at one shelf, without a wait: a lock that is missing shows.
TYPED_TEST(ResultsOf, StandACrowdAtOneShelf) {
  workload::Parameters parameters = test::small_day(test::tasks_of<TypeParam>(20'000));
  parameters.shelves = 1;
  parameters.titles = 3;
  parameters.cpu_scale = 0;
  parameters.wait_scale = 0;
  TypeParam backend(workers_of<TypeParam>(4));
  expect_same_shop<typename TestFixture::Locks>(workload::Plan(workload::find_mix("day"), parameters),
                                                backend);
}

// The net itself: without the locks, on workers that meet at one shelf, something must show: the digest, the
// end of the process, or a sanitizer's. Ends with 0 only if thousands of such days came out right.
[[noreturn]] void work_without_locks() {
  workload::Parameters parameters = test::small_day(20'000);
  parameters.shelves = 1;
  parameters.titles = 3;
  parameters.cpu_scale = 0;
  parameters.wait_scale = 0;
  const workload::Plan plan(workload::find_mix("day"), parameters);
  const std::uint64_t right = test::direct_digest(plan);
  Threads backend(4);
  for (int day = 0; day < 5000; ++day) {
    workload::Shop<workload::NoLocks> shop(plan);
    shop.open();
    backend.run(shop, AllAtOnce{});
    if (shop.digest() != right) std::exit(1);
  }
  std::exit(0);
}

TEST(PlantedRace, IsFound) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "workers on one CPU seldom meet";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      work_without_locks(), [](int status) { return status != 0; }, "");
}

TYPED_TEST(ResultsOf, AreRefusedWhenTheShopIsShut) {
  TypeParam backend(workers_of<TypeParam>(2));
  const workload::Plan plan(workload::find_mix("shelving"), test::small_day(20));
  workload::Shop<workload::ShelfLocks> shop(plan);
  EXPECT_THROW(backend.run(shop, AllAtOnce{}), std::logic_error);
  workload::Closing<workload::ShelfLocks> closing{shop};
  EXPECT_THROW(backend.run(closing, AllAtOnce{}), std::logic_error);
}

}  // namespace
}  // namespace bookstore::backend
