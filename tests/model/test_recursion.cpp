#include "bench/model/recursion.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "workloads/random.hpp"

namespace bookstore::model {
namespace {

using Times = std::vector<std::int64_t>;

TEST(FirstComeStarts, ByHandForOneServer) {
  EXPECT_EQ(first_come_starts(Times{0, 2, 3, 20, 21}, Times{5, 1, 4, 2, 2}, 1), (Times{0, 5, 6, 20, 22}));
}

TEST(FirstComeStarts, ByHandForTwoServers) {
  // The long first task keeps one server; the others share the second until 10.
  EXPECT_EQ(first_come_starts(Times{0, 1, 2, 3, 4}, Times{10, 3, 3, 3, 5}, 2), (Times{0, 1, 4, 7, 10}));
}

TEST(FirstComeStarts, NobodyWaitsWithAServerEach) {
  const Times arrivals{0, 0, 0, 5};
  EXPECT_EQ(first_come_starts(arrivals, Times{9, 9, 9, 9}, 4), arrivals);
  EXPECT_EQ(first_come_starts(arrivals, Times{9, 9, 9, 9}, 1'000'000'000), arrivals);
}

TEST(FirstComeStarts, FirstArrivalMayBeAnyTime) {
  EXPECT_EQ(first_come_starts(Times{-7, -6}, Times{3, 1}, 1), (Times{-7, -4}));
}

TEST(FirstComeStarts, StalledServerDelaysAllBehindIt) {
  Times arrivals;
  for (std::int64_t i = 0; i < 100; ++i) arrivals.push_back(10 * i);
  Times services(100, 1);
  services[20] = 505;  // busy from 200 to 705, with arrivals 210 .. 700 behind it
  const auto starts = first_come_starts(arrivals, services, 1);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::int64_t after_stall = 705 + static_cast<std::int64_t>(i) - 21;
    EXPECT_EQ(starts[i], i <= 20 ? arrivals[i] : std::max(arrivals[i], after_stall)) << "task " << i;
  }
}

// Lindley: the next wait is this wait plus this service less the gap, or nothing.
TEST(FirstComeStarts, IsLindleyForOneServer) {
  SplitMix64 random{3};
  Times arrivals;
  Times services;
  std::int64_t time = 0;
  for (int i = 0; i < 5000; ++i) {
    arrivals.push_back(time += random.below(1000));
    services.push_back(random.below(900));
  }
  const auto starts = first_come_starts(arrivals, services, 1);
  std::int64_t wait = 0;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    ASSERT_EQ(starts[i] - arrivals[i], wait);
    if (i + 1 < starts.size())
      wait = std::max<std::int64_t>(0, wait + services[i] - (arrivals[i + 1] - arrivals[i]));
  }
}

// Kiefer and Wolfowitz's own form: the sorted vector of work that each server still has.
TEST(FirstComeStarts, IsKieferWolfowitzForSeveralServers) {
  SplitMix64 random{4};
  Times arrivals;
  Times services;
  std::int64_t time = 0;
  for (int i = 0; i < 5000; ++i) {
    arrivals.push_back(time += random.below(1000));
    services.push_back(random.below(3500));
  }
  const auto starts = first_come_starts(arrivals, services, 4);
  Times work(4, 0);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    ASSERT_EQ(starts[i] - arrivals[i], work[0]);
    work[0] += services[i];
    const std::int64_t gap = i + 1 < starts.size() ? arrivals[i + 1] - arrivals[i] : 0;
    for (auto& left : work) left = std::max<std::int64_t>(0, left - gap);
    std::sort(work.begin(), work.end());
  }
}

TEST(FirstComeStarts, OfNoTasksIsNothing) { EXPECT_TRUE(first_come_starts(Times{}, Times{}, 2).empty()); }

TEST(FirstComeStarts, RefusesBadInput) {
  EXPECT_THROW(first_come_starts(Times{0}, Times{1}, 0), std::invalid_argument);
  EXPECT_THROW(first_come_starts(Times{0, 1}, Times{1}, 1), std::invalid_argument);
  EXPECT_THROW(first_come_starts(Times{1, 0}, Times{1, 1}, 1), std::invalid_argument);
}

}  // namespace
}  // namespace bookstore::model
