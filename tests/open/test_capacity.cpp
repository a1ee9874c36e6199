// The search for the highest rate that holds a limit, on made-up systems.
#include "bench/open/capacity.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace bookstore {
namespace {

struct TrialRun {
  double rate = 0;
  double duration = 0;
  std::uint64_t seed = 0;
};

// A search on a system that answers `judge(run, runs at this rate so far)`.
template <class Judge>
Capacity search(const CapacitySearch& how, std::vector<TrialRun>& runs, const Judge& judge) {
  std::map<double, int> at_rate;
  return find_capacity(how, [&](double rate, double duration, std::uint64_t seed) {
    runs.push_back({rate, duration, seed});
    return judge(runs.back(), at_rate[rate]++);
  });
}

Trial sharp(double rate, double threshold) { return rate <= threshold ? Trial::pass : Trial::fail; }

// Of any search: confirmations included, in length and in number.
void expect_bounded(const CapacitySearch& how, const std::vector<TrialRun>& runs, const Capacity& found) {
  EXPECT_EQ(found.runs, static_cast<int>(runs.size()));
  std::set<std::uint64_t> seeds;
  for (const TrialRun& run : runs) {
    EXPECT_TRUE(seeds.insert(run.seed).second) << "seed " << run.seed << " twice";
    EXPECT_GE(run.rate, how.min_rate);
    EXPECT_LE(run.rate, how.max_rate);
    EXPECT_GE(run.duration, how.tasks / run.rate * (1 - 1e-9));
    EXPECT_LE(run.duration, how.longest * how.tasks / run.rate * (1 + 1e-9));
  }
  if (found.passing > 0 && found.failing > 0) {
    EXPECT_LT(found.passing, found.failing);
  }
}

TEST(CapacityOfASharpThreshold, IsFoundWithinTheResolution) {
  for (const double resolution : {1.02, 1.1, 1.5}) {
    for (const double threshold : {3.0, 700.0, 1000.0, 1234.5, 99'999.0, 3e6}) {
      CapacitySearch how;
      how.resolution = resolution;
      std::vector<TrialRun> runs;
      const Capacity found =
          search(how, runs, [&](const TrialRun& run, int) { return sharp(run.rate, threshold); });
      EXPECT_LE(found.passing, threshold);
      EXPECT_GT(found.failing, threshold);
      EXPECT_LE(found.failing / found.passing, resolution * (1 + 1e-9)) << threshold;
      EXPECT_TRUE(found.passing_confirmed);
      EXPECT_TRUE(found.failing_confirmed);
      EXPECT_EQ(found.unclear, 0);
      expect_bounded(how, runs, found);
      // Doubling, then halving the logarithm of 2 down to that of the resolution, and two confirmations.
      EXPECT_LE(runs.size(), 13u + 6u + 2u) << threshold;
    }
  }
}

TEST(CapacityOfASharpThreshold, IsTheSameFromAnyFirstRate) {
  for (const double first : {1.0, 10.0, 5'000.0, 1e6, 4e6}) {
    CapacitySearch how;
    how.first_rate = first;
    std::vector<TrialRun> runs;
    const Capacity found = search(how, runs, [](const TrialRun& run, int) { return sharp(run.rate, 5'000); });
    EXPECT_LE(found.passing, 5'000);
    EXPECT_GE(found.passing, 5'000 / how.resolution);
    EXPECT_EQ(runs.front().rate, first);
    expect_bounded(how, runs, found);
  }
}

TEST(CapacityOfWhatNeverPasses, IsNothing) {
  CapacitySearch how;
  how.min_rate = 10;
  std::vector<TrialRun> runs;
  const Capacity found = search(how, runs, [](const TrialRun&, int) { return Trial::fail; });
  EXPECT_EQ(found.passing, 0);
  EXPECT_FALSE(found.passing_confirmed);
  EXPECT_EQ(found.failing, 10);
  EXPECT_TRUE(found.failing_confirmed);
  expect_bounded(how, runs, found);
}

TEST(CapacityOfWhatAlwaysPasses, HasNoFailingRate) {
  CapacitySearch how;
  how.max_rate = 1e5;
  std::vector<TrialRun> runs;
  const Capacity found = search(how, runs, [](const TrialRun&, int) { return Trial::pass; });
  EXPECT_EQ(found.passing, 1e5);
  EXPECT_TRUE(found.passing_confirmed);
  EXPECT_EQ(found.failing, 0);
  EXPECT_FALSE(found.failing_confirmed);
  expect_bounded(how, runs, found);
}

TEST(CapacityOfWhatIsNeverClear, IsNothingAndEnds) {
  const CapacitySearch how;
  std::vector<TrialRun> runs;
  const Capacity found = search(how, runs, [](const TrialRun&, int) { return Trial::unclear; });
  EXPECT_EQ(found.passing, 0);
  EXPECT_EQ(found.failing, 0);
  EXPECT_FALSE(found.passing_confirmed);
  EXPECT_FALSE(found.failing_confirmed);
  EXPECT_GT(found.unclear, 0);
  expect_bounded(how, runs, found);
  EXPECT_LE(runs.size(), 100u);
}

// A host that wakes late now and then makes all rates unclear that do not overload: 20 durations are spent on
// two of them.
TEST(ASearchThatIsUnclearAtFirst, KnowsWhatFailsBeforeItsTimeIsOver) {
  CapacitySearch how;
  how.tasks = how.first_rate;
  how.most_seconds = 20;
  for (const double threshold : {1'500.0, 3'000.0, 6'000.0}) {
    std::vector<TrialRun> runs;
    const Capacity found = search(how, runs, [&](const TrialRun& run, int) {
      return run.rate <= threshold ? Trial::unclear : Trial::fail;
    });
    EXPECT_EQ(found.passing, 0);
    EXPECT_GT(found.failing, threshold);
    EXPECT_LE(found.failing, 2 * threshold);
    EXPECT_TRUE(found.failing_confirmed);
    EXPECT_TRUE(found.exhausted);
    expect_bounded(how, runs, found);
  }
}

TEST(ASearchThatIsUnclearAtFirst, GoesOnFromWhatPassesAbove) {
  CapacitySearch how;
  std::vector<TrialRun> runs;
  const Capacity found = search(how, runs, [&](const TrialRun& run, int) {
    return run.rate == how.first_rate ? Trial::unclear : sharp(run.rate, 5'000);
  });
  EXPECT_LE(found.passing, 5'000);
  EXPECT_GE(found.passing, 5'000 / how.resolution);
  for (const TrialRun& run : runs) EXPECT_GE(run.rate, how.first_rate);
  expect_bounded(how, runs, found);
}

TEST(ASearchThatIsUnclearAtFirst, GoesOnBelowWhatPassedAboveByLuck) {
  CapacitySearch how;
  std::vector<TrialRun> runs;
  const Capacity found = search(how, runs, [&](const TrialRun& run, int before) {
    if (run.rate == 2 * how.first_rate) return before == 0 ? Trial::pass : Trial::unclear;
    if (run.rate >= how.first_rate) return run.rate > 3'000 ? Trial::fail : Trial::unclear;
    return run.rate <= 600 ? Trial::pass : Trial::unclear;
  });
  EXPECT_TRUE(found.passing_confirmed);
  EXPECT_LE(found.passing, 600);
  EXPECT_GE(found.passing, 600 / how.resolution);
  EXPECT_EQ(found.failing, 4'000);
  expect_bounded(how, runs, found);
}

TEST(ASearchThatIsUnclearAtFirst, SweepsUpwardsOnce) {
  CapacitySearch how;
  how.max_rate = 16 * how.first_rate;
  how.most_runs = 1'000;
  std::vector<TrialRun> runs;
  const Capacity found = search(how, runs, [&](const TrialRun& run, int) {
    return run.rate < how.first_rate ? Trial::pass : Trial::unclear;
  });
  EXPECT_EQ(found.failing, 0);
  EXPECT_LT(found.passing, how.first_rate);
  EXPECT_EQ(std::ranges::count(runs, how.max_rate, &TrialRun::rate), 3) << "of three lengths";
  expect_bounded(how, runs, found);
}

TEST(BracketInWords, HasBothEndsAndWhatIsWrongWithThem) {
  Capacity found{
      .passing = 32'000, .failing = 1'234'567, .passing_confirmed = true, .failing_confirmed = true};
  EXPECT_EQ(to_string(found), "holds 32,000/s, fails 1,234,567/s");
  found.passing = 999.6;
  found.failing_confirmed = false;
  EXPECT_EQ(to_string(found), "holds 1,000/s, fails 1,234,567/s (seen once)");
  found.passing = 100;
  found.failing = 0;
  found.exhausted = true;
  EXPECT_EQ(
      to_string(found),
      "holds 100/s, fails no rate that was tried; ended for want of time, so the two may lie wider apart "
      "than asked");
}

TEST(ASearchOutOfTime, KeepsAWideBracketAndStillConfirmsIt) {
  CapacitySearch how;
  how.resolution = 1.01;
  std::vector<TrialRun> all;
  const auto judge = [](const TrialRun& run, int) { return sharp(run.rate, 1500); };
  const Capacity narrow = search(how, all, judge);
  double total = 0;
  for (const TrialRun& run : all) total += run.duration;
  how.most_seconds = total / 2;
  std::vector<TrialRun> runs;
  const Capacity wide = search(how, runs, judge);
  double spent = 0, longest = 0;
  for (const TrialRun& run : runs) {
    spent += run.duration;
    longest = std::max(longest, run.duration);
  }
  EXPECT_LE(spent, how.most_seconds + longest);
  EXPECT_GT(wide.failing / wide.passing, narrow.failing / narrow.passing);
  EXPECT_TRUE(wide.exhausted);
  EXPECT_FALSE(narrow.exhausted);
  EXPECT_LE(wide.passing, 1500);
  EXPECT_GT(wide.failing, 1500);
  EXPECT_TRUE(wide.passing_confirmed);
  EXPECT_TRUE(wide.failing_confirmed);
  EXPECT_EQ(wide.unclear, 0) << "a rate that was not tried is not unclear";
  expect_bounded(how, runs, wide);
}

TEST(AnUnclearRun, IsMadeTwiceAsLongUpToTheLongest) {
  CapacitySearch how;
  how.longest = 6;
  std::vector<TrialRun> runs;
  search(how, runs, [&](const TrialRun&, int) { return Trial::unclear; });
  ASSERT_GE(runs.size(), 4u);
  const double first = how.tasks / how.first_rate;
  for (const auto& [run, length] : {std::pair{0, 1.0}, {1, 2.0}, {2, 4.0}, {3, 6.0}}) {
    EXPECT_EQ(runs[static_cast<std::size_t>(run)].rate, how.first_rate);
    EXPECT_DOUBLE_EQ(runs[static_cast<std::size_t>(run)].duration, length * first);
  }
  EXPECT_NE(runs[4].rate, how.first_rate);
}

TEST(AnUnclearRun, ThatIsClearWhenLongerCounts) {
  const CapacitySearch how;
  std::vector<TrialRun> runs;
  const Capacity found = search(how, runs, [&](const TrialRun& run, int) {
    const bool long_enough = run.duration > 3 * how.tasks / run.rate;
    return long_enough ? sharp(run.rate, 5'000) : Trial::unclear;
  });
  EXPECT_LE(found.passing, 5'000);
  EXPECT_GE(found.passing, 5'000 / how.resolution);
  EXPECT_TRUE(found.passing_confirmed);
  EXPECT_EQ(found.unclear, 0);
  expect_bounded(how, runs, found);
}

// Clear below 3,000 and above 6,000 alone, from first rates below, in and above the band.
TEST(AnUnclearBand, LiesBetweenPassingAndFailing) {
  for (const double first : {500.0, 1'000.0, 2'900.0, 3'001.0, 4'000.0, 5'999.0, 6'001.0, 50'000.0}) {
    CapacitySearch how;
    how.first_rate = first;
    std::vector<TrialRun> runs;
    const Capacity found = search(how, runs, [](const TrialRun& run, int) {
      return run.rate < 3'000 ? Trial::pass : run.rate > 6'000 ? Trial::fail : Trial::unclear;
    });
    EXPECT_LT(found.passing, 3'000) << first;
    EXPECT_GE(found.passing, 3'000 / how.resolution) << first;
    EXPECT_GT(found.failing, 6'000) << first;
    EXPECT_LE(found.failing, 2 * 6'000) << first;
    EXPECT_TRUE(found.passing_confirmed);
    EXPECT_TRUE(found.failing_confirmed);
    EXPECT_GT(found.unclear, 0) << first;
    expect_bounded(how, runs, found);
  }
}

// An unclear rate with a passing one above it was a disturbance: it does not lie between the two.
TEST(AnUnclearBand, HasItsUpperEndSoughtWhereThatCostsLittle) {
  CapacitySearch how;
  how.resolution = 1.1;
  const auto judge = [](const TrialRun& run, int) {
    return run.rate <= 1900 ? Trial::pass : run.rate <= 2100 ? Trial::unclear : Trial::fail;
  };
  std::vector<TrialRun> few, more;
  const Capacity wide = search(how, few, judge);
  EXPECT_GE(wide.failing, 4000);
  how.both_ends = true;
  const Capacity narrow = search(how, more, judge);
  EXPECT_EQ(narrow.passing, wide.passing);
  EXPECT_GT(narrow.failing, 2100);
  EXPECT_LE(narrow.failing, 2100 * how.resolution);
  expect_bounded(how, more, narrow);
}

TEST(AnUnclearRate, BelowThePassingOneDoesNotCount) {
  const CapacitySearch how;
  std::vector<TrialRun> runs;
  const Capacity found = search(how, runs, [](const TrialRun& run, int) {
    return run.rate == 2'000 ? Trial::unclear : sharp(run.rate, 10'000);
  });
  EXPECT_LE(found.passing, 10'000);
  EXPECT_GE(found.passing, 10'000 / how.resolution);
  EXPECT_EQ(found.unclear, 0);
  expect_bounded(how, runs, found);
}

TEST(Confirmation, RunsOnASeedOfItsOwnAtTheSameRate) {
  const CapacitySearch how;
  std::vector<TrialRun> runs;
  const Capacity found = search(how, runs, [](const TrialRun& run, int) { return sharp(run.rate, 5'000); });
  ASSERT_GE(runs.size(), 2u);
  EXPECT_EQ(runs[runs.size() - 2].rate, found.passing);
  EXPECT_EQ(runs.back().rate, found.failing);
}

// The best passing rate passes once by luck.
TEST(Confirmation, ThatContradictsAPassingRateGivesItUpForTheNext) {
  const CapacitySearch how;
  std::vector<TrialRun> lucky_runs;
  const double lucky =
      search(how, lucky_runs, [](const TrialRun& run, int) { return sharp(run.rate, 5'000); }).passing;
  std::vector<TrialRun> runs;
  const Capacity found = search(how, runs, [&](const TrialRun& run, int before) {
    return run.rate == lucky && before > 0 ? Trial::fail : sharp(run.rate, 5'000);
  });
  EXPECT_LT(found.passing, lucky);
  EXPECT_GT(found.passing, 0);
  EXPECT_TRUE(found.passing_confirmed);
  EXPECT_GT(found.failing / found.passing, how.resolution) << "the bracket is wider";
  expect_bounded(how, runs, found);
}

TEST(Confirmation, ThatContradictsAFailingRateGivesItUpForTheNext) {
  const CapacitySearch how;
  std::vector<TrialRun> unlucky_runs;
  const double unlucky =
      search(how, unlucky_runs, [](const TrialRun& run, int) { return sharp(run.rate, 5'000); }).failing;
  std::vector<TrialRun> runs;
  const Capacity found = search(how, runs, [&](const TrialRun& run, int before) {
    return run.rate == unlucky && before > 0 ? Trial::pass : sharp(run.rate, 5'000);
  });
  EXPECT_GT(found.failing, unlucky);
  EXPECT_TRUE(found.failing_confirmed);
  expect_bounded(how, runs, found);
}

// Every rate passes the first time and never again.
TEST(Confirmation, ThatNeverComesIsSaidAndBounded) {
  CapacitySearch how;
  how.max_rate = 1e5;
  std::vector<TrialRun> runs;
  const Capacity found =
      search(how, runs, [](const TrialRun&, int before) { return before == 0 ? Trial::pass : Trial::fail; });
  EXPECT_FALSE(found.passing_confirmed);
  EXPECT_GT(found.passing, 0);
  EXPECT_LE(runs.size(), 8u + 3u);
  expect_bounded(how, runs, found);
}

TEST(Seeds, OfTwoSearchesDiffer) {
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t seed : {1u, 3u}) {
    CapacitySearch how;
    how.seed = seed;
    std::vector<TrialRun> runs;
    search(how, runs, [](const TrialRun& run, int) { return sharp(run.rate, 5'000); });
    for (const TrialRun& run : runs) EXPECT_TRUE(seeds.insert(run.seed).second) << run.seed;
  }
}

}  // namespace
}  // namespace bookstore
