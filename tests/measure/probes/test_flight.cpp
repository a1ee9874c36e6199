// Tasks in flight: counters with one writer a thread, and the samples taken of them.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "bench/measure/probes/flight_sampler.hpp"

namespace bookstore::measure {
namespace {

TEST(FlightCount, IsReleasedLessFinished) {
  FlightCounters counters(1);
  EXPECT_EQ(counters.in_flight(), 0);
  for (int i = 0; i < 3; ++i) counters.count_released();
  EXPECT_EQ(counters.in_flight(), 3);
  counters.count_finished();
  EXPECT_EQ(counters.in_flight(), 2);
  for (int i = 0; i < 2; ++i) counters.count_finished();
  EXPECT_EQ(counters.in_flight(), 0);
}

// Some threads let in, others finish, as a door and its workers do.
TEST(FlightCount, AddsUpOverThreads) {
  FlightCounters counters(5);
  {
    std::vector<std::jthread> threads;
    for (int door = 0; door < 2; ++door)
      threads.emplace_back([&] {
        for (int i = 0; i < 1'000; ++i) counters.count_released();
      });
    for (int worker = 0; worker < 3; ++worker)
      threads.emplace_back([&] {
        for (int i = 0; i < 600; ++i) counters.count_finished();
      });
  }
  EXPECT_EQ(counters.in_flight(), 2 * 1'000 - 3 * 600);
  EXPECT_EQ(counters.finishing_threads(), 3) << "a door finishes nothing";
}

TEST(FlightCount, OfOneRunAfterTheOtherOnOneThreadIsTwoCounts) {
  FlightCounters first(1);
  first.count_released();
  FlightCounters second(1);
  second.count_released();
  second.count_released();
  EXPECT_EQ(first.in_flight(), 1);
  EXPECT_EQ(second.in_flight(), 2);
  EXPECT_EQ(second.finishing_threads(), 0);
}

// How many samples there are is the machine's affair: asks again until there is one.
TEST(FlightSampling, SeesWhatTheCountersSay) {
  FlightCounters counters(1);
  for (int i = 0; i < 5; ++i) counters.count_released();
  for (int attempt = 0; attempt < 1'000; ++attempt) {
    const backend::SteadyClock clock;
    const std::int64_t begin = clock.now();
    FlightSampler sampler(counters, 3);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    sampler.stop();
    if (sampler.samples().empty()) continue;
    std::int64_t last = begin;
    for (const FlightSample& sample : sampler.samples()) {
      EXPECT_EQ(sample.in_flight, 5);
      EXPECT_GE(sample.time, last);
      last = sample.time;
    }
    EXPECT_LE(last, clock.now());
    EXPECT_GT(sampler.cpu_ns(), 0);
    return;
  }
  FAIL() << "no sample in a thousand attempts";
}

TEST(FlightSampling, StopsMoreThanOnceAndByItself) {
  const FlightCounters counters(1);
  FlightSampler stopped(counters, 1);
  stopped.stop();
  stopped.stop();
  const auto samples = stopped.samples().size();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(stopped.samples().size(), samples);
  const FlightSampler left_alone(counters, 1);
}

TEST(MeanInFlight, IsThatOfTheSamplesInTheWindow) {
  const std::vector<FlightSample> samples{{9, 100}, {10, 1}, {15, 2}, {19, 6}, {20, 100}};
  const FlightMean mean = mean_in_flight(samples, 10, 20);
  EXPECT_EQ(mean.samples, 3u);
  EXPECT_DOUBLE_EQ(mean.mean, 3);
  EXPECT_EQ(mean.error, 0) << "fewer samples than batches say nothing of their own error";
}

TEST(MeanInFlight, IsNothingWithoutSamples) {
  const std::vector<FlightSample> samples{{9, 100}, {20, 100}};
  for (const auto& each : {std::span<const FlightSample>(samples), std::span<const FlightSample>()}) {
    const FlightMean mean = mean_in_flight(each, 10, 20);
    EXPECT_EQ(mean.samples, 0u);
    EXPECT_EQ(mean.mean, 0);
    EXPECT_EQ(mean.error, 0);
  }
}

// Thirty samples are thirty batches: 0 and 2 in turn have mean 1 and variance 30/29.
TEST(MeanInFlight, HasTheErrorOfItsBatchMeans) {
  std::vector<FlightSample> samples;
  for (int i = 0; i < 30; ++i) samples.push_back({i, i % 2 == 0 ? 0 : 2});
  const FlightMean mean = mean_in_flight(samples, 0, 30);
  EXPECT_EQ(mean.samples, 30u);
  EXPECT_DOUBLE_EQ(mean.mean, 1);
  EXPECT_NEAR(mean.error, std::sqrt(1.0 / 29), 1e-12);
}

}  // namespace
}  // namespace bookstore::measure
