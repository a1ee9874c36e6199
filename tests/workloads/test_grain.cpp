#include "workloads/grain.hpp"

#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <thread>

#include "workloads/stocktake.hpp"

namespace bookstore::workload {
namespace {

std::uint64_t sum_of(const GrainPlan& plan) {
  GrainTally tally;
  GrainJob job{plan, tally};
  for (std::uint32_t call = 0; call < job.size(); ++call) EXPECT_EQ(job.step(call, 0), done);
  return tally.sum();
}

TEST(Grain, DoesTheSameTasksInChunksOfAnySize) {
  for (const std::uint32_t tasks : {1u, 2u, 63u, 64u, 1000u}) {
    const std::uint64_t expected = sum_of(GrainPlan(tasks, 5));
    for (const std::uint32_t chunk : {1u, 2u, 7u, 64u, 5000u}) {
      const GrainPlan plan(tasks, 5, chunk);
      EXPECT_EQ(plan.calls(), (tasks + chunk - 1) / chunk);
      EXPECT_EQ(sum_of(plan), expected) << tasks << " tasks, chunk " << chunk;
    }
  }
}

TEST(Grain, ComesToAnotherSumForEveryTaskMissedOrDoneForAnother) {
  std::set<std::uint64_t> results;
  for (const std::uint32_t links : {0u, 1u, 100u})
    for (std::uint64_t task = 0; task < 1000; ++task) results.insert(do_links(task, links));
  EXPECT_EQ(results.size(), 3000u);
}

TEST(Grain, ChainsCanBeFollowedBack) {
  for (const std::uint64_t begin : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}})
    for (const std::uint32_t links : {0u, 1u, 2u, 3u, 64u, 99'999u}) {
      const std::uint64_t end = follow_links(begin, links);
      EXPECT_EQ(before_links(end, links), begin) << links;
      EXPECT_NE(before_links(end, links + 1u), begin) << links;
      EXPECT_EQ(follow_links(follow_links(begin, 7), links), follow_links(begin, links + 7));
    }
}

// CPU time of `work`, the least of many passes.
template <class Work>
double least_ns(const Work& work) {
  double least = std::numeric_limits<double>::infinity();
  for (int pass = 0; pass < 50; ++pass) {
    timespec begin{}, end{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    work();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    least = std::min(least, static_cast<double>(end.tv_sec - begin.tv_sec) * 1e9 +
                                static_cast<double>(end.tv_nsec - begin.tv_nsec));
  }
  return least;
}

// A multiplication and an addition that depend on each other take longer than a multiplication alone, on any
// machine. Several links made into one would not.
TEST(Grain, HasNoLinkThatACompilerLeavesOut) {
#ifndef __OPTIMIZE__
  GTEST_SKIP() << "the chain to compare with is not optimised";
#endif
  constexpr std::uint32_t links = 100'000;
  const double chain_ns = least_ns([] {
    std::uint64_t value = 1;
    for (std::uint32_t link = 0; link < links; ++link) {
      value *= 6364136223846793005u;
      asm("" : "+r"(value));
    }
    keep(value);
  });
  EXPECT_GT(least_ns([] { keep(do_links(1, links)); }), 0.8 * chain_ns);
}

TEST(GrainTally, AddsUpWhatAllThreadsAddedAndKeepsRunsApart) {
  GrainTally first, second;
  const auto add = [&] {
    for (int i = 0; i < 1000; ++i) {
      first.add(1);
      second.add(2);
    }
  };
  std::thread one(add), two(add);
  one.join();
  two.join();
  add();
  EXPECT_EQ(first.sum(), 3000u);
  EXPECT_EQ(second.sum(), 6000u);
}

TEST(ShelfTree, HasANodeForEveryForkAndTheRoot) {
  EXPECT_EQ(ShelfTree(Shelves(1, 1), 10).forks(), 0u);
  EXPECT_EQ(ShelfTree(Shelves(10, 1), 10).forks(), 10u);
  EXPECT_EQ(ShelfTree(Shelves(1000, 1), 10).forks(), 1110u);
  EXPECT_EQ(ShelfTree(Shelves(1024, 1), 2).forks(), 2046u);
  EXPECT_EQ(ShelfTree(Shelves(5, 1), 2).forks(), 8u);
}

}  // namespace
}  // namespace bookstore::workload
