#include "bench/rows/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "bench/measure/statistics/latency_window.hpp"
#include "tests/support/refusal.hpp"
#include "workloads/random.hpp"

namespace bookstore {
namespace {

using test::expect_says;
using test::refusal;
using Times = std::vector<std::int64_t>;
constexpr std::uint64_t plenty = 10'000'000;

ScheduleSpec spec_of(Arrivals arrivals, double rate, double duration, std::uint64_t seed = 1) {
  ScheduleSpec spec;
  spec.arrivals = arrivals;
  spec.rate = rate;
  spec.duration = duration;
  spec.seed = seed;
  return spec;
}

TEST(ScheduleCheck, RefusesWhatCannotBeMadeAndMakesNothingLarge) {
  for (const auto kind : {Arrivals::poisson, Arrivals::constant, Arrivals::bursts}) {
    EXPECT_EQ(refusal([&] { check_schedule(spec_of(kind, 1000, 1), plenty); }), "taken");
    // As many arrivals as no test has time for.
    EXPECT_EQ(refusal([&] { check_schedule(spec_of(kind, 1e9, 1e6), std::uint64_t{1} << 60); }), "taken");
    expect_says(refusal([&] { check_schedule(spec_of(kind, 1e9, 1), 1000); }), {"lower the rate"});
    expect_says(refusal([&] { check_schedule(spec_of(kind, 0, 1), plenty); }), {"rate", "above 0"});
  }
  expect_says(refusal([] { check_schedule(spec_of(Arrivals::poisson, 1e-6, 1), plenty); }), {"no arrival"});
}

TEST(Exponential, FollowsItsDistribution) {
  SplitMix64 random{5};
  std::vector<double> draws(100'000);
  for (auto& x : draws) x = exponential(random);
  std::sort(draws.begin(), draws.end());
  const auto n = static_cast<double>(draws.size());
  double distance = 0;  // Kolmogorov-Smirnov
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const double expected = 1 - std::exp(-draws[i]);
    distance = std::max({distance, std::abs(expected - static_cast<double>(i) / n),
                         std::abs(expected - static_cast<double>(i + 1) / n)});
  }
  EXPECT_LT(distance * std::sqrt(n), 1.95);  // the 99.9 % point
}

TEST(Schedule, PoissonIsAFunctionOfItsSeed) {
  const auto spec = spec_of(Arrivals::poisson, 1000, 2, 42);
  EXPECT_EQ(make_schedule(spec, plenty), make_schedule(spec, plenty));
  EXPECT_NE(make_schedule(spec, plenty), make_schedule(spec_of(Arrivals::poisson, 1000, 2, 43), plenty));
}

TEST(Schedule, PoissonKeepsRateOrderAndEnd) {
  const auto at = make_schedule(spec_of(Arrivals::poisson, 50'000, 2), plenty);
  EXPECT_NEAR(static_cast<double>(at.size()), 100'000, 4 * std::sqrt(100'000));
  EXPECT_TRUE(std::is_sorted(at.begin(), at.end()));
  EXPECT_GE(at.front(), 0);
  EXPECT_LT(at.back(), 2'000'000'000);
}

// Of a Poisson process the gaps' variance is the square of their mean, and counts of equal spans have
// variance = mean.
TEST(Schedule, PoissonIsPoisson) {
  const auto at = make_schedule(spec_of(Arrivals::poisson, 100'000, 1, 9), plenty);
  std::vector<double> counts(1000);
  for (const auto ns : at) ++counts[static_cast<std::size_t>(ns / 1'000'000)];
  double variance = 0;
  for (const double c : counts) variance += (c - 100) * (c - 100) / 1000;
  EXPECT_NEAR(variance, 100, 20);
  double gaps = 0;
  for (std::size_t i = 1; i < at.size(); ++i)
    gaps += std::pow(static_cast<double>(at[i] - at[i - 1]) - 10'000, 2);
  EXPECT_NEAR(gaps / static_cast<double>(at.size()), 1e8, 5e6);
}

TEST(Schedule, ConstantByHand) {
  EXPECT_EQ(make_schedule(spec_of(Arrivals::constant, 4, 1), plenty),
            (Times{0, 250'000'000, 500'000'000, 750'000'000}));
  EXPECT_EQ(make_schedule(spec_of(Arrivals::constant, .5, 1), plenty), (Times{0}));
  EXPECT_EQ(make_schedule(spec_of(Arrivals::constant, 3, 1), plenty), (Times{0, 333'333'333, 666'666'666}));
}

TEST(Schedule, ConstantDoesNotDrift) {
  const auto at = make_schedule(spec_of(Arrivals::constant, 30'000, 100), plenty);
  ASSERT_EQ(at.size(), 3'000'000U);
  EXPECT_EQ(at[2'999'999 / 3 * 3],
            99'999'900'000);  // a whole number of nanoseconds three gaps before the end
}

TEST(Schedule, BurstsKeepTheMeanRateAndTheSilence) {
  auto spec = spec_of(Arrivals::bursts, 20'000, 5, 3);
  spec.burst_period = .5;
  spec.burst_share = .1;
  const auto at = make_schedule(spec, plenty);
  EXPECT_NEAR(static_cast<double>(at.size()), 100'000, 4 * std::sqrt(100'000));
  EXPECT_TRUE(std::is_sorted(at.begin(), at.end()));
  std::vector<double> per_period(10);
  for (const auto ns : at) {
    ASSERT_LT(ns, 5'000'000'000);
    ASSERT_LE(ns % 500'000'000, 50'000'000);
    ++per_period[static_cast<std::size_t>(ns / 500'000'000)];
  }
  for (const double count : per_period) EXPECT_NEAR(count, 10'000, 400);
}

TEST(Schedule, BurstPeriodFitsTheDuration) {
  auto spec = spec_of(Arrivals::bursts, 100'000, .25);
  spec.burst_period =
      .1;  // 2.5 of them: 3 of 83 ms instead, or the mean rate would depend on where the run ends
  spec.burst_share = .5;
  const auto at = make_schedule(spec, plenty);
  EXPECT_NEAR(static_cast<double>(at.size()), 25'000, 4 * std::sqrt(25'000));
  for (const auto ns : at) ASSERT_LE(std::fmod(static_cast<double>(ns), .25e9 / 3), .125e9 / 3 + 1);
  spec.burst_period = 7;  // longer than the run: one burst
  const auto one = make_schedule(spec, plenty);
  EXPECT_LT(one.back(), 125'000'001);
  EXPECT_NEAR(static_cast<double>(one.size()), 25'000, 4 * std::sqrt(25'000));
}

TEST(Schedule, BurstsWithoutSilenceArePoisson) {
  auto spec = spec_of(Arrivals::bursts, 1000, 1, 8);
  spec.burst_share = 1;
  EXPECT_EQ(make_schedule(spec, plenty), make_schedule(spec_of(Arrivals::poisson, 1000, 1, 8), plenty));
}

TEST(Schedule, RefusesBadRatesAndDurations) {
  const double infinite = std::numeric_limits<double>::infinity();
  for (const double bad : {0.0, -3.0, infinite, -infinite, std::nan("")})
    for (const auto kind : {Arrivals::poisson, Arrivals::constant, Arrivals::bursts}) {
      expect_says(refusal([&] { make_schedule(spec_of(kind, bad, 1), plenty); }), {"rate", "above 0"});
      expect_says(refusal([&] { make_schedule(spec_of(kind, 1, bad), plenty); }), {"duration", "above 0"});
    }
  expect_says(refusal([] { make_schedule(spec_of(Arrivals::constant, .1, 2e6), plenty); }),
              {"duration", "at most"});
}

TEST(Schedule, RefusesBadBursts) {
  for (const double bad : {0.0, -1.0, std::nan("")}) {
    auto spec = spec_of(Arrivals::bursts, 1000, 1);
    spec.burst_period = bad;
    expect_says(refusal([&] { make_schedule(spec, plenty); }), {"burst period"});
    spec = spec_of(Arrivals::bursts, 1000, 1);
    spec.burst_share = bad;
    expect_says(refusal([&] { make_schedule(spec, plenty); }), {"burst share"});
  }
  auto spec = spec_of(Arrivals::bursts, 1000, 1);
  spec.burst_share = 1.01;
  expect_says(refusal([&] { make_schedule(spec, plenty); }), {"burst share", "at most 1"});
  spec.burst_share = 1e-300;
  expect_says(refusal([&] { make_schedule(spec, plenty); }), {"bursts of", "at least"});
  spec.burst_share = .5;
  spec.burst_period = 1e-300;
  expect_says(refusal([&] { make_schedule(spec, plenty); }), {"bursts of", "at least"});
}

TEST(Schedule, RefusesWhatMemoryCannotHold) {
  const auto limit = max_tasks_in(1 << 20);
  EXPECT_EQ(limit, (1U << 20) / (8 + sizeof(measure::TaskRecord)));
  expect_says(refusal([&] { make_schedule(spec_of(Arrivals::poisson, 1e300, 1), limit); }),
              {"memory", "lower the rate"});
  expect_says(refusal([&] { make_schedule(spec_of(Arrivals::poisson, 1e308, 1e6), limit); }), {"memory"});
  EXPECT_NO_THROW(make_schedule(spec_of(Arrivals::poisson, static_cast<double>(limit) / 2, 1), limit));
}

// Latches and claim counters of the backends would overflow, however much memory there is.
TEST(Schedule, RefusesMoreTasksThanARunMayHave) {
  const auto limit = max_tasks_in(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(limit, 2'147'483'647U);
  for (const auto kind : {Arrivals::poisson, Arrivals::constant, Arrivals::bursts})
    expect_says(refusal([&] { make_schedule(spec_of(kind, 2'147'483'648.0, 1), limit); }),
                {"2147483648 tasks", "a run has at most 2147483647", "lower the rate"});
}

// A random schedule may have more arrivals than were expected of it.
TEST(Schedule, RefusesOneThatTurnsOutTooLarge) {
  int too_large = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto spec = spec_of(Arrivals::poisson, 1000, 1, seed);
    if (make_schedule(spec, plenty).size() <= 1000) {
      EXPECT_NO_THROW(make_schedule(spec, 1000));
      continue;
    }
    expect_says(refusal([&] { make_schedule(spec, 1000); }), {"memory has room for 1000", "lower the rate"});
    ++too_large;
  }
  EXPECT_GT(too_large, 0);
  EXPECT_LT(too_large, 20);
}

TEST(Schedule, RefusesOneWithoutArrivals) {
  expect_says(refusal([] { make_schedule(spec_of(Arrivals::poisson, 1e-6, 1), plenty); }),
              {"no arrival", "raise"});
}

}  // namespace
}  // namespace bookstore
