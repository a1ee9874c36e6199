#include "bench/backends/any_backend.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "tests/support/jobs.hpp"

namespace bookstore::backend {
namespace {

TEST(AnyBackend, RunsAJobOfAnyTypeFromEitherDoor) {
  for (const BackendTraits& traits : Registry::traits) {
    const int workers = traits.single_threaded ? 1 : 2;
    AnyBackend closed(traits.name, workers), open(traits.name, workers, Load::open);
    EXPECT_EQ(closed.workers(), workers) << traits.name;
    EXPECT_EQ(closed.traits.name, traits.name);
    test::AccountedJob job(200, {0, 1'000}), crowd(200, {0, 1'000});
    closed.run(job, AllAtOnce{});
    const std::vector<std::int64_t> at(crowd.size(), 0);
    open.run(crowd, Schedule{.at = at});
    EXPECT_EQ(job.tasks_not_done_once() + crowd.tasks_not_done_once(), 0u) << traits.name;
  }
}

struct FragileJob : test::AccountedJob {
  static constexpr bool one_thread_only = true;
  using AccountedJob::AccountedJob;
};

TEST(AnyBackend, RunsAJobForOneThreadWhereThereIsOne) {
  for (const BackendTraits& traits : Registry::traits) {
    AnyBackend backend(traits.name, 1);
    FragileJob job(20);
    if (traits.single_threaded)
      EXPECT_NO_THROW(backend.run(job, AllAtOnce{}, NoProbe{}));
    else
      EXPECT_THROW(backend.run(job, AllAtOnce{}, NoProbe{}), std::logic_error) << traits.name;
    EXPECT_EQ(job.tasks_not_done_once(), traits.single_threaded ? 0u : 20u) << traits.name;
  }
}

TEST(AnyBackend, OfAnUnknownNameIsRefused) { EXPECT_THROW(AnyBackend("nonsense", 1), std::invalid_argument); }

struct RoledJob : test::AccountedJob {
  using AccountedJob::AccountedJob;
  std::uint32_t role(std::uint32_t task) const { return task % 3; }
};

// Keeps what it is shown, in slots that each task writes alone.
struct WaitsSeen {
  std::vector<Wait>* last;
  void before(std::uint32_t, std::uint32_t) const {}
  void after(std::uint32_t task, std::uint32_t, Wait wait) { (*last)[task] = wait; }
  void released(std::uint32_t, std::int64_t) const {}
};

TEST(AnyJob, IsTheJobThatItStandsFor) {
  RoledJob job(8, {7});
  std::vector<Wait> last(job.size(), 0);
  Probed probed(job, WaitsSeen{&last});
  AnyJob any(probed);
  EXPECT_EQ(any.size(), 8u);
  EXPECT_EQ(any.role(5), 2u);
  EXPECT_EQ(any.step(1, 0), 7);
  EXPECT_EQ(last[1], 7);
  EXPECT_EQ(any.step(1, 1), done);
  EXPECT_EQ(last[1], done);
  test::AccountedJob without(1);
  EXPECT_EQ(AnyJob(without).role(0), 0u);
}

}  // namespace
}  // namespace bookstore::backend
