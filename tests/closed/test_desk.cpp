// Workers who are trained for the desk or for the back office, in the shop.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "bench/closed/measured_run.hpp"
#include "bench/rows/open_row.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/shop.hpp"
#include "tests/support/signatures.hpp"

namespace bookstore {
namespace {

template <class Backend>
class Desk : public testing::Test {};
TYPED_TEST_SUITE(Desk, test::AllBackends, test::BackendNames);

template <class Backend, class Door>
void expect_roles(const Row& row, backend::Load load, const Door& door, const workload::Plan& plan) {
  auto backend = backend::make_backend<Backend>(row.team(), load);
  measure::call_roll(backend, row.team(), load);
  workload::Shop<workload::ShelfLocks> shop(plan);
  shop.open();
  std::vector<int> by(plan.size(), -1);
  backend.run(shop, door, test::Signatures<Backend>(by, backend));
  shop.close();
  int desk = 0;
  for (std::uint32_t task = 0; task < plan.size(); ++task) {
    const auto kind = plan.kind(task);
    const bool of_the_desk = kind == workload::Kind::rent_book || kind == workload::Kind::return_book;
    EXPECT_EQ(by[task] < row.desk, of_the_desk) << info(kind).name << " by worker " << by[task];
    desk += by[task] < row.desk ? 1 : 0;
  }
  EXPECT_EQ(desk, 270) << "of 300 tasks 135 rent, 135 return";
}

TYPED_TEST(Desk, HasItsTasksAndTheBackOfficeTheOthers) {
  const std::string name = "day/" + std::string(TypeParam::traits.name) + "/workers:3/tasks:300/desk:";
  if constexpr (TypeParam::traits.roles) {
    workload::Parameters parameters = test::small_day(300);
    parameters.wait_scale = 0.02;
    const workload::Plan plan(workload::find_mix("day"), parameters);
    const std::vector<std::int64_t> at_once(plan.size(), 0);
    for (const char* desk : {"1", "2"}) {
      const Row row = parse_row(name + desk);
      expect_roles<TypeParam>(row, backend::Load::closed, backend::AllAtOnce{}, plan);
      expect_roles<TypeParam>(row, backend::Load::open, backend::Schedule{.at = at_once}, plan);
    }
  } else {
    EXPECT_THROW(parse_row(name + "1"), std::invalid_argument);
  }
}

TEST(ARowWithADesk, EndsInTheSameShop) {
  for (const char* name :
       {"day/threads/workers:3/tasks:60/desk:1", "day/event_loops/workers:3/tasks:60/desk:2",
        "counter/threads/workers:2/tasks:60/desk:1"}) {
    Row row = parse_row(name);
    row.cores = static_cast<int>(measure::allowed_cpus().size());
    EXPECT_NO_THROW(measure_row(row, false)) << name;
  }
}

}  // namespace
}  // namespace bookstore
