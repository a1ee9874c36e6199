// Tasks in flight: counters with one writer a thread, and the samples taken of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "bench/backends/event_loop/event_loop.hpp"
#include "bench/measure/probes/flight_sampler.hpp"
#include "bench/measure/probes/stamps.hpp"
#include "bench/measure/statistics/latency_window.hpp"
#include "tests/support/scripted.hpp"
#include "workloads/random.hpp"

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

TEST(PoissonInstants, AscendWithinTheSpan) {
  constexpr std::int64_t second = 1'000'000'000;
  const auto instants = poisson_instants(second, 101 * second, 7);
  EXPECT_TRUE(std::ranges::is_sorted(instants));
  EXPECT_GE(instants.front(), second);
  EXPECT_LT(instants.back(), 101 * second);
  // 20,000 are expected; four standard deviations.
  EXPECT_NEAR(static_cast<double>(instants.size()), 20'000, 4 * std::sqrt(20'000));
  EXPECT_EQ(instants, poisson_instants(second, 101 * second, 7));
  EXPECT_NE(instants, poisson_instants(second, 101 * second, 8));
  EXPECT_LT(poisson_instants(0, 1'000'000 * second, 7).size(), 110'000u);
}

TEST(FlightLogged, IsTheStateBetweenTwoEvents) {
  FlightCounters counters(1);
  FlightLog log(counters, {10, 20, 30, 40});
  log.pass(5);
  counters.count_released();
  log.pass(20);  // what happens at the instant itself is not seen yet
  counters.count_released();
  log.pass(35);
  counters.count_finished();
  EXPECT_EQ(log.samples().size(), 3u);
  log.pass(1'000);
  const std::vector<std::int64_t> expected{1, 2, 2, 1};
  ASSERT_EQ(log.samples().size(), 4u);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(log.samples()[i].time, 10 * static_cast<std::int64_t>(i + 1));
    EXPECT_EQ(log.samples()[i].in_flight, expected[i]);
  }
  EXPECT_EQ(log.samples().back().finished, 1);
}

TEST(FlightLogged, TakesEachSampleOnceHoweverManyPass) {
  const FlightCounters counters(4);
  std::vector<std::int64_t> instants;
  for (std::int64_t i = 0; i < 10'000; ++i) instants.push_back(3 * i);
  FlightLog log(counters, instants);
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&] {
        for (std::int64_t now = 0; now <= 30'000; ++now) log.pass(now);
      });
  }
  ASSERT_EQ(log.samples().size(), instants.size());
  for (std::size_t i = 0; i < instants.size(); ++i) ASSERT_EQ(log.samples()[i].time, instants[i]);
}

// Thirty virtual seconds of a loop that shares its CPU with nobody but its own log: two customers are in the
// shop on average.
class LittlesLaw : public testing::Test {
 protected:
  using Script = test::Script;

  LittlesLaw() {
    SplitMix64 random{5};
    std::int64_t at = 0;
    for (std::size_t task = 0; task < tasks; ++task) {
      at += 1 + static_cast<std::int64_t>(999 * exponential(random));
      arrivals_.push_back(test::start + at * test::tick);
    }
  }

  // Runs the loop; each task works for `work` ticks, waits for 1,990, and works again.
  void run(std::int64_t work) {
    test::VirtualTime time;
    const Script script(tasks, {{work, 1'990}, {work}});
    test::ScriptedJob job(time, script);
    records_.assign(tasks, {});
    for (std::size_t task = 0; task < tasks; ++task) records_[task].intended = arrivals_[task];
    FlightCounters counters(2);
    FlightLog log(counters, poisson_instants(test::start, arrivals_.back(), 3));
    backend::EventLoop loop(1, backend::Load::open);
    loop.run(job, backend::Schedule{.at = arrivals_, .start = 0},
             Stamps<test::VirtualTime::Handle>(records_, counters, time.handle(), &log),
             backend::Timers(time.handle()));
    log.pass(time.handle().now());
    samples_.assign(log.samples().begin(), log.samples().end());
    set_start();
  }

  // Makes all times count from the start.
  void set_start() {
    for (TaskRecord& record : records_)
      for (std::int64_t* stamp : {&record.intended, &record.released, &record.started, &record.finished})
        *stamp -= test::start;
    for (FlightSample& sample : samples_) sample.time -= test::start;
  }

  // As an open run is judged whose workers are the door, or (from the release) one whose door stands beside.
  Judgement judged(InFlightFrom from = InFlightFrom::arrival) const {
    const Window window = select_window(records_);
    OpenRun run = observe(records_, window, from);
    std::vector<FlightSample> samples = samples_;
    std::vector<std::int64_t> arrivals;
    for (const TaskRecord& record : records_) arrivals.push_back(record.intended);
    if (from == InFlightFrom::arrival) count_from_arrival(samples, arrivals);
    const FlightMean mean = mean_in_flight(samples, window.begin, window.end);
    run.in_flight = mean.mean;
    run.in_flight_error = mean.error;
    return judge(run);
  }
  bool little_is_broken(InFlightFrom from = InFlightFrom::arrival) const {
    return std::ranges::any_of(judged(from).reasons, [](const std::string& reason) {
      return reason.find("tasks in flight where") != std::string::npos;
    });
  }

  static constexpr std::size_t tasks = 30'000;
  std::vector<std::int64_t> arrivals_;
  std::vector<TaskRecord> records_;
  std::vector<FlightSample> samples_;
};

TEST_F(LittlesLaw, HoldsInASteadyState) {
  run(5);
  for (const auto from : {InFlightFrom::arrival, InFlightFrom::release})
    EXPECT_EQ(judged(from).validity, Validity::valid) << testing::PrintToString(judged(from).reasons);
}

// The loop is busy nine tenths of the time, and never asleep when anybody would look in from its own CPU.
TEST_F(LittlesLaw, HoldsForABusyLoop) {
  run(450);
  EXPECT_FALSE(little_is_broken()) << testing::PrintToString(judged().reasons);
}

TEST_F(LittlesLaw, FailsForStampsThatDoNotSayWhenTasksFinished) {
  run(5);
  for (TaskRecord& record : records_) record.finished += (record.finished - record.released) / 10;
  EXPECT_TRUE(little_is_broken());
}

TEST_F(LittlesLaw, FailsForStampsThatDoNotSayWhenTasksWereLetIn) {
  run(5);
  for (TaskRecord& record : records_) record.released += 200 * test::tick;
  EXPECT_TRUE(little_is_broken(InFlightFrom::release));
}

TEST_F(LittlesLaw, FailsForCountersThatMissWhoLeaves) {
  run(5);
  // One in two thousand; at the end of the run as many as there should be in the shop.
  for (FlightSample& sample : samples_) {
    sample.in_flight += sample.finished / 2'000;
    sample.finished -= sample.finished / 2'000;
  }
  for (const auto from : {InFlightFrom::arrival, InFlightFrom::release}) EXPECT_TRUE(little_is_broken(from));
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
