#include "bench/measure/statistics/latency_window.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "bench/measure/statistics/percentiles.hpp"
#include "bench/model/recursion.hpp"

namespace bookstore::measure {
namespace {

using Tasks = std::vector<TaskRecord>;
using Times = std::vector<std::int64_t>;
constexpr std::int64_t ms = 1'000'000;

// A task every `gap`, each let in after `late`, begun after `queued`, done after `work` more.
Tasks regular(std::size_t count, std::int64_t gap, std::int64_t late, std::int64_t queued,
              std::int64_t work) {
  Tasks tasks(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto& task = tasks[i];
    task.intended = static_cast<std::int64_t>(i) * gap;
    task.released = task.intended + late;
    task.started = task.released + queued;
    task.finished = task.started + work;
    task.work = work;
    task.kind = static_cast<std::uint32_t>(i % 2);
    task.finishes = 1;
  }
  return tasks;
}

// What one first-come worker makes of these services.
Tasks served(const Times& arrivals, const Times& services) {
  const auto starts = model::first_come_starts(arrivals, services, 1);
  Tasks tasks(arrivals.size());
  for (std::size_t i = 0; i < tasks.size(); ++i)
    tasks[i] = {.intended = arrivals[i],
                .released = arrivals[i],
                .started = starts[i],
                .finished = starts[i] + services[i],
                .work = services[i],
                .finishes = 1};
  return tasks;
}

TEST(Split, ByHand) {
  const TaskRecord task{.intended = 100,
                        .released = 130,
                        .started = 150,
                        .finished = 1000,
                        .work = 200,
                        .asked_waits = 500,
                        .finishes = 1};
  const auto parts = split(task);
  EXPECT_EQ(parts.late_at_door, 30);
  EXPECT_EQ(parts.queued_before, 20);
  EXPECT_EQ(parts.work, 200);
  EXPECT_EQ(parts.asked_waits, 500);
  EXPECT_EQ(parts.queued_after, 150);
  EXPECT_EQ(parts.total(), 900);
}

TEST(Window, WarmUpIsATenthOfTheSchedule) {
  const auto tasks = regular(1000, ms, 0, 0, 1000);
  const auto window = select_window(tasks);
  EXPECT_EQ(window.end, 1000 * ms);
  EXPECT_EQ(window.warm_up, 100 * ms);
  EXPECT_TRUE(window.warm_up_complete);
  EXPECT_EQ(window.begin, 100 * ms);
  EXPECT_EQ(window.first, 100U);
  EXPECT_EQ(window.count, 900U);
}

TEST(Window, WarmUpIsAHundredSojournsWhereThatIsLonger) {
  const auto tasks = regular(1000, ms, ms, ms, 2 * ms);  // sojourn 4 ms from the intended arrival
  const auto window = select_window(tasks);
  EXPECT_EQ(window.warm_up, 400 * ms);
  EXPECT_TRUE(window.warm_up_complete);
  EXPECT_EQ(window.first, 400U);
  EXPECT_EQ(window.count, 600U);
}

TEST(Window, OfATooShortRunIsItsSecondHalf) {
  const auto tasks = regular(1000, ms, 0, 0, 9 * ms);
  const auto window = select_window(tasks);
  EXPECT_EQ(window.warm_up, 900 * ms);
  EXPECT_FALSE(window.warm_up_complete);
  EXPECT_EQ(window.first, 500U);
  EXPECT_EQ(window.count, 500U);
  EXPECT_FALSE(observe(tasks, window).warm_up_complete);
}

TEST(Window, OfOneTaskHasAnEnd) {
  const auto window = select_window(regular(1, ms, 0, 0, 1));
  EXPECT_GT(window.end, window.begin);
}

TEST(Window, RefusesNoTasksAndDisorder) {
  EXPECT_THROW(select_window(Tasks{}), std::logic_error);
  auto tasks = regular(10, ms, 0, 0, 1);
  std::swap(tasks[3], tasks[4]);
  EXPECT_THROW(select_window(tasks), std::logic_error);
  EXPECT_THROW(backlog(tasks, 5), std::logic_error);
  EXPECT_THROW(latencies(tasks, {.begin = 0, .end = 10 * ms, .first = 0, .count = 10}), std::logic_error);
  EXPECT_THROW(latencies(tasks, {.begin = 0, .end = 10 * ms, .first = 5, .count = 6}), std::logic_error);
}

TEST(Latencies, CountFromTheIntendedArrivalInItsOrder) {
  auto tasks = regular(10, ms, 10, 20, 30);
  tasks[7].finished += 5 * ms;  // later than those that arrived after it
  const Window window{.begin = 6 * ms, .end = 10 * ms, .first = 6, .count = 4};
  EXPECT_EQ(latencies(tasks, window), (Times{60, 60 + 5 * ms, 60, 60}));
  EXPECT_EQ(lateness(tasks, window), (Times{10, 10, 10, 10}));
  EXPECT_EQ(latencies(tasks, window, 1), (Times{60 + 5 * ms, 60}));
  EXPECT_TRUE(latencies(tasks, window, 9).empty());
}

TEST(Latencies, FollowTasksBeyondTheWindow) {
  auto tasks = regular(10, ms, 0, 0, 30);
  tasks[9].finished = 1000 * ms;
  const Window window{.begin = 5 * ms, .end = 10 * ms, .first = 5, .count = 5};
  EXPECT_EQ(latencies(tasks, window).back(), 991 * ms);
}

TEST(Latencies, LeaveOutWhatNeverFinished) {
  auto tasks = regular(4, ms, 0, 0, 30);
  tasks[1].finishes = 0;
  tasks[1].finished = 0;
  const Window window{.begin = 0, .end = 4 * ms, .first = 0, .count = 4};
  EXPECT_EQ(latencies(tasks, window), (Times{30, 30, 30}));
  EXPECT_EQ(observe(tasks, window).finished_once, 3U);
}

// One arrival a millisecond, each served in half of one, but for one task that holds the only worker for 100
// ms. The workers' own clock sees a single slow task; 200 customers waited, and all of them are charged.
TEST(Latencies, ChargeAStallToAllWhoWaited) {
  Times arrivals(10'000);
  for (std::size_t i = 0; i < arrivals.size(); ++i) arrivals[i] = static_cast<std::int64_t>(i) * ms;
  Times services(arrivals.size(), ms / 2);
  services[5000] = 100 * ms;
  const auto tasks = served(arrivals, services);
  const auto window = select_window(tasks);
  ASSERT_EQ(window.count, 9000U);
  const auto samples = latencies(tasks, window);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::int64_t behind = static_cast<std::int64_t>(window.first + i) - 5000;
    const std::int64_t expected = behind < 0    ? ms / 2
                                  : behind == 0 ? 100 * ms
                                                : std::max(100 * ms - behind * ms / 2, ms / 2);
    ASSERT_EQ(samples[i], expected) << behind << " behind the stalled task";
  }
  EXPECT_EQ(std::count_if(samples.begin(), samples.end(), [](std::int64_t x) { return x > ms / 2; }), 199);
  // The slowest is 100 ms, the one behind it 99.5 ms and so on: rank 8,910 is the 91st slowest, 90 halves of
  // a millisecond below.
  EXPECT_EQ(percentile(samples, .99).value, 100 * ms - 90 * ms / 2);
  EXPECT_EQ(percentile(samples, .5).value, ms / 2);
  const auto mean = mean_split(tasks, window);
  EXPECT_GT(mean.queued_before, .9 * (mean.total() - mean.work));
}

TEST(MeanSplit, SumsToTheMeanLatency) {
  auto tasks = regular(100, ms, 10, 20, 300);
  for (auto& task : tasks) {
    task.asked_waits = 50;
    task.finished += 57;
  }
  const Window window{.begin = 0, .end = 100 * ms, .first = 0, .count = 100};
  const auto mean = mean_split(tasks, window);
  EXPECT_DOUBLE_EQ(mean.late_at_door, 10);
  EXPECT_DOUBLE_EQ(mean.queued_before, 20);
  EXPECT_DOUBLE_EQ(mean.work, 300);
  EXPECT_DOUBLE_EQ(mean.asked_waits, 50);
  EXPECT_DOUBLE_EQ(mean.queued_after, 7);
  const auto samples = latencies(tasks, window);
  EXPECT_DOUBLE_EQ(mean.total(), std::accumulate(samples.begin(), samples.end(), 0.0) / 100);
}

TEST(MeanSplit, IsOfOneKindWhereAsked) {
  auto tasks = regular(4, ms, 0, 0, 100);
  tasks[1].work = tasks[3].work = 40;  // kind 1
  const Window window{.begin = 0, .end = 4 * ms, .first = 0, .count = 4};
  EXPECT_DOUBLE_EQ(mean_split(tasks, window, 1).work, 40);
  EXPECT_DOUBLE_EQ(mean_split(tasks, window, 0).work, 100);
  EXPECT_DOUBLE_EQ(mean_split(tasks, window, 2).total(), 0);
}

// Ten tasks: the door 10 late, 20 in the queue, waits of 50 that end 7 late in all. Kind 0 is 300 in its
// steps where it could be 120, kind 1 is 100 where it usually takes 130.
Tasks obstructed() {
  auto tasks = regular(10, ms, 10, 20, 300);
  for (auto& task : tasks) {
    if (task.kind == 1) {
      task.work = 100;
      task.finished -= 200;
    }
    task.asked_waits = 50;
    task.waits = 2;
    task.finished += 57;
  }
  return tasks;
}

const Window ten_tasks{.begin = 0, .end = 10 * ms, .first = 0, .count = 10};

TEST(Delays, AreLatenciesLessTheAskedWaits) {
  const auto tasks = obstructed();
  EXPECT_EQ(delays(tasks, ten_tasks, 0), Times(5, 10 + 20 + 300 + 7));
  EXPECT_EQ(delays(tasks, ten_tasks, 1), Times(5, 10 + 20 + 100 + 7));
  const auto all = delays(tasks, ten_tasks);
  const auto with_waits = latencies(tasks, ten_tasks);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], with_waits[i] - 50);
}

TEST(MeanDelay, IsTheSumOfItsParts) {
  const auto tasks = obstructed();
  const std::vector<double> alone{120, 130};
  const DelayParts parts = mean_delay(tasks, ten_tasks, alone);
  EXPECT_DOUBLE_EQ(parts.door, 10);
  EXPECT_DOUBLE_EQ(parts.queue, 20);
  EXPECT_DOUBLE_EQ(parts.after_waits, 7);
  EXPECT_DOUBLE_EQ(parts.work, (120 + 100) / 2.0) << "nobody is quicker than with nothing in the way";
  EXPECT_DOUBLE_EQ(parts.steps, 180 / 2.0);
  const auto all = delays(tasks, ten_tasks);
  EXPECT_DOUBLE_EQ(parts.total(), std::accumulate(all.begin(), all.end(), 0.0) / 10);
}

TEST(MeanDelay, TakesAllOfAnUnknownKindForWork) {
  const auto tasks = obstructed();
  EXPECT_DOUBLE_EQ(mean_delay(tasks, ten_tasks, {}).work, 200);
  EXPECT_DOUBLE_EQ(mean_delay(tasks, ten_tasks, {}).steps, 0);
  const std::vector<double> first_only{120};
  EXPECT_DOUBLE_EQ(mean_delay(tasks, ten_tasks, first_only).work, 110);
  const std::vector<double> unknown{std::numeric_limits<double>::infinity(), 50};
  EXPECT_DOUBLE_EQ(mean_delay(tasks, ten_tasks, unknown).work, 175);
}

TEST(MeanDelay, OfNoTasksIsNothing) {
  auto tasks = obstructed();
  for (auto& task : tasks) task.finishes = 0;
  EXPECT_DOUBLE_EQ(mean_delay(tasks, ten_tasks, {}).total(), 0);
}

TEST(WaitLateness, IsTheMeanOverATasksWaitsOfThoseThatWait) {
  auto tasks = obstructed();
  tasks[0].waits = 1;
  tasks[1].waits = 0;
  EXPECT_EQ(wait_lateness(tasks, {.begin = 0, .end = 3 * ms, .first = 0, .count = 3}), (Times{7, 3}));
}

// [10, 30] [20, 40] [30, 50] ...: where one ends another begins, and both are not there at once.
TEST(MostAtOnce, CountsThoseBetweenTwoStamps) {
  auto tasks = regular(5, 10, 10, 5, 15);
  EXPECT_EQ(most_at_once(tasks, &TaskRecord::released, &TaskRecord::finished), 2U);
  EXPECT_EQ(most_at_once(tasks, &TaskRecord::released, &TaskRecord::started), 1U);
  tasks[0].finished = 1'000;
  EXPECT_EQ(most_at_once(tasks, &TaskRecord::released, &TaskRecord::finished), 3U);
  tasks[0].finishes = 0;
  EXPECT_EQ(most_at_once(tasks, &TaskRecord::released, &TaskRecord::finished), 2U);
  EXPECT_EQ(most_at_once(Tasks{}, &TaskRecord::released, &TaskRecord::finished), 0U);
}

TEST(Backlog, CountsWhoArrivedAndIsNotDone) {
  auto tasks = regular(5, 10, 0, 0, 15);  // [0, 15] [10, 25] [20, 35] ...
  EXPECT_EQ(backlog(tasks, 0), 0U);
  EXPECT_EQ(backlog(tasks, 12), 2U);
  EXPECT_EQ(backlog(tasks, 15), 1U);
  EXPECT_EQ(backlog(tasks, 1000), 0U);
  tasks[0].finishes = 0;
  EXPECT_EQ(backlog(tasks, 1000), 1U);
}

TEST(Describe, ByHand) {
  auto tasks = regular(1000, ms, 1000, 2000, 3000);
  tasks[50].finishes = 2;
  const auto window = select_window(tasks);
  const auto run = observe(tasks, window);
  EXPECT_EQ(run.tasks, 1000U);
  EXPECT_EQ(run.finished_once, 999U);
  EXPECT_EQ(run.scheduled, 900U);
  EXPECT_EQ(run.released, 900U);
  EXPECT_EQ(run.backlog_begin, 0U);
  EXPECT_EQ(run.backlog_end, 0U);
  EXPECT_NEAR(run.rate, 1000, 1e-6);
  EXPECT_NEAR(run.mean_stay, 5e-6, 1e-12);  // from the release, so without the door's lateness
  EXPECT_GT(observe(tasks, window, InFlightFrom::arrival).mean_stay, run.mean_stay);
}

TEST(Describe, QuietRunIsJudgedValid) {
  const auto tasks = regular(1000, ms, 0, 0, ms / 2);
  auto run = observe(tasks, select_window(tasks));
  run.in_flight = .5;
  EXPECT_EQ(judge(run).validity, Validity::valid);
}

TEST(Describe, TooManyArrivalsAreJudgedAnOverload) {
  Times arrivals(2000);
  for (std::size_t i = 0; i < arrivals.size(); ++i) arrivals[i] = static_cast<std::int64_t>(i) * ms;
  const auto tasks = served(arrivals, Times(arrivals.size(), 3 * ms / 2));
  const auto run = observe(tasks, select_window(tasks));
  EXPECT_NEAR(static_cast<double>(run.backlog_end - run.backlog_begin), 1000.0 / 3, 2);
  EXPECT_EQ(judge(run).validity, Validity::overload);
}

// The door lags further and further: the arrivals of the window's end come too late for it.
TEST(Describe, LateDoorIsJudgedInvalid) {
  auto tasks = regular(1000, ms, 0, 0, 1000);
  for (std::size_t i = 980; i < 1000; ++i) {
    tasks[i].released += 30 * ms;
    tasks[i].started += 30 * ms;
    tasks[i].finished += 30 * ms;
  }
  auto run = observe(tasks, select_window(tasks));
  EXPECT_EQ(run.scheduled, 900U);
  EXPECT_EQ(run.released, 880U);
  run.in_flight = run.rate * run.mean_stay;
  EXPECT_EQ(judge(run).validity, Validity::invalid);
}

}  // namespace
}  // namespace bookstore::measure
