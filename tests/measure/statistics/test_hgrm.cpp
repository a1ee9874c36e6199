#include "bench/measure/statistics/hgrm.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/measure/statistics/percentiles.hpp"
#include "workloads/random.hpp"

namespace bookstore::measure {
namespace {

std::string written(const std::vector<std::int64_t>& ascending) {
  std::ostringstream out;
  write_hgrm(out, ascending);
  return out.str();
}

// Worked by hand: the nearest rank of each of HdrHistogram's percentiles among four samples, 1 to 4 us.
TEST(PercentileText, OfFourSamplesIsWhatHdrHistogramPrints) {
  EXPECT_EQ(written({1'000, 2'000, 3'000, 4'000}),
            "       Value     Percentile TotalCount 1/(1-Percentile)\n"
            "\n"
            "       1.000 0.000000000000          1           1.00\n"
            "       1.000 0.100000000000          1           1.11\n"
            "       1.000 0.200000000000          1           1.25\n"
            "       2.000 0.300000000000          2           1.43\n"
            "       2.000 0.400000000000          2           1.67\n"
            "       2.000 0.500000000000          2           2.00\n"
            "       3.000 0.550000000000          3           2.22\n"
            "       3.000 0.600000000000          3           2.50\n"
            "       3.000 0.650000000000          3           2.86\n"
            "       3.000 0.700000000000          3           3.33\n"
            "       3.000 0.750000000000          3           4.00\n"
            "       4.000 1.000000000000          4\n"
            "#[Mean    =        2.500, StdDeviation   =        1.118]\n"
            "#[Max     =        4.000, Total count    =            4]\n"
            "#[Buckets =            0, SubBuckets     =            0]\n");
}

TEST(PercentileText, OfOneSampleIsThatSample) {
  const std::string text = written({500'000});
  EXPECT_NE(text.find("     500.000 1.000000000000          1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("#[Mean    =      500.000, StdDeviation   =        0.000]"), std::string::npos) << text;
}

TEST(PercentileText, NeedsASample) {
  std::ostringstream out;
  EXPECT_THROW(write_hgrm(out, {}), std::invalid_argument);
  EXPECT_EQ(out.str(), "");
}

struct Line {
  double value_us = 0;
  double percentile = 0;
  std::size_t count = 0;
  double inverse = 0;  // of the distance to 1; 0 in the last line, which has none
};

std::vector<Line> parse(const std::string& text) {
  std::istringstream in(text);
  std::vector<Line> lines;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    Line parsed;
    if (!(fields >> parsed.value_us >> parsed.percentile >> parsed.count)) continue;
    fields >> parsed.inverse;
    lines.push_back(parsed);
  }
  return lines;
}

TEST(PercentileText, ReadsBackAsTheExactPercentiles) {
  SplitMix64 random{7};
  std::vector<std::int64_t> samples(30'000);
  for (auto& each : samples) each = random.below(1'000'000'000);
  std::ranges::sort(samples);
  const auto lines = parse(written(samples));
  ASSERT_GT(lines.size(), 50u);
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    const Line& line = lines[i];
    const std::size_t rank = line.percentile <= 0 ? 1 : nearest_rank(line.percentile, samples.size());
    EXPECT_NEAR(static_cast<double>(line.count), static_cast<double>(rank), 1e-9) << line.percentile;
    EXPECT_NEAR(line.value_us, static_cast<double>(samples[rank - 1]) / 1000, 0.00051) << line.percentile;
    EXPECT_NEAR(line.inverse, 1 / (1 - line.percentile), 0.0051 + line.inverse * 1e-6) << line.percentile;
    EXPECT_LT(line.percentile, lines[i + 1].percentile);
    EXPECT_LE(line.count, lines[i + 1].count);
  }
  EXPECT_EQ(lines.back().percentile, 1);
  EXPECT_EQ(lines.back().count, samples.size());
  EXPECT_NEAR(lines.back().value_us, static_cast<double>(samples.back()) / 1000, 0.00051);
}

TEST(PercentileText, TakesFiveStepsToEachHalving) {
  std::vector<std::int64_t> samples(100'000);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::int64_t>(i);
  const auto lines = parse(written(samples));
  for (std::size_t halving = 0; halving < 10; ++halving)
    EXPECT_NEAR(lines.at(5 * halving).percentile, 1 - std::pow(0.5, halving), 1e-9) << halving;
}

}  // namespace
}  // namespace bookstore::measure
