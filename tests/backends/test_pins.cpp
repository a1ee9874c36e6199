// Where workers stand, and which of them runs a step.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/seam/placement.hpp"
#include "tests/support/backends.hpp"

namespace bookstore::backend {
namespace {

using test::workers_of;

// As many tasks as workers, which stay until all are there and note who ran them where.
template <class Backend>
class Muster {
 public:
  Muster(const Backend& backend, int workers)
      : backend_(backend), tasks_(static_cast<std::uint32_t>(workers)) {}

  std::uint32_t size() const { return tasks_; }
  Wait step(std::uint32_t, std::uint32_t) {
    const std::vector<int> cpus = cpus_of(0);
    {
      const std::scoped_lock guard(lock_);
      numbers_.insert(backend_.worker());
      if (cpus.size() == 1)
        own_cpus_.insert(cpus[0]);
      else
        ++free_;
    }
    ++present_;
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (present_.load() < tasks_ && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    return done;
  }

  const std::set<int>& numbers() const { return numbers_; }
  const std::set<int>& own_cpus() const { return own_cpus_; }
  int free() const { return free_; }

 private:
  const Backend& backend_;
  std::uint32_t tasks_;
  std::mutex lock_;
  std::set<int> numbers_;
  std::set<int> own_cpus_;
  int free_ = 0;
  std::atomic<std::uint32_t> present_{0};
};

template <class Backend>
class Pins : public testing::Test {};
TYPED_TEST_SUITE(Pins, test::AllBackends, test::BackendNames);

TYPED_TEST(Pins, EachWorkerKnowsItsNumber) {
  for (const Load load : {Load::closed, Load::open}) {
    const int workers = workers_of<TypeParam>(5);
    TypeParam backend(workers, load);
    Muster<TypeParam> muster(backend, workers);
    const std::vector<std::int64_t> at(muster.size(), 0);
    if (load == Load::closed)
      backend.run(muster, AllAtOnce{});
    else
      backend.run(muster, Schedule{.at = at});
    std::set<int> all;
    for (int worker = 0; worker < workers; ++worker) all.insert(worker);
    EXPECT_EQ(muster.numbers(), all);
  }
}

TYPED_TEST(Pins, EachPinnedWorkerHasACpuOfItsOwnAndNobodyKeepsItAfterwards) {
  if (TypeParam::traits.single_threaded) return;
  const int cpus = static_cast<int>(cpus_of(0).size());
  for (const Load load : {Load::closed, Load::open}) {
    {
      Team team(cpus);
      team.pinned = true;
      TypeParam backend(team, load);
      Muster<TypeParam> muster(backend, cpus);
      const std::vector<std::int64_t> at(muster.size(), 0);
      if (load == Load::closed)
        backend.run(muster, AllAtOnce{});
      else
        backend.run(muster, Schedule{.at = at});
      EXPECT_EQ(static_cast<int>(muster.own_cpus().size()), cpus);
    }
    EXPECT_EQ(static_cast<int>(cpus_of(0).size()), cpus) << "the caller is still pinned";
    Team team(cpus);
    team.pinned = false;
    TypeParam backend(team);
    Muster<TypeParam> muster(backend, cpus);
    backend.run(muster, AllAtOnce{});
    EXPECT_EQ(muster.free(), cpus == 1 ? 0 : cpus) << "a worker is still pinned";
  }
}

TYPED_TEST(Pins, AreRefusedWhereThereAreFewerCpusThanWorkers) {
  Team team(static_cast<int>(cpus_of(0).size()) + 1);
  team.pinned = true;
  EXPECT_THROW(TypeParam(team, Load::closed), std::invalid_argument);
}

}  // namespace
}  // namespace bookstore::backend
