// Runs that are past hope: when they are, how they end, and what can still be proved of them.
#include "bench/open/early_end.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/backends/registry.hpp"
#include "bench/closed/measured_run.hpp"
#include "bench/measure/machine/affinity.hpp"
#include "bench/open/open_run.hpp"
#include "workloads/synthetic.hpp"

namespace bookstore {
namespace {

constexpr std::int64_t ms = 1'000'000;

std::vector<std::int64_t> every(std::int64_t gap, std::size_t tasks) {
  std::vector<std::int64_t> at(tasks);
  for (std::size_t task = 0; task < tasks; ++task) at[task] = gap * static_cast<std::int64_t>(task);
  return at;
}

// When a run of two seconds, an arrival a millisecond, is past hope, looked at every ten milliseconds until a
// second after its end; -1: never. `finished(t)` tasks by t milliseconds. The limit is 3 sqrt(2,000) = 134.
std::int64_t hopeless_at(const std::function<std::int64_t(std::int64_t)>& finished,
                         std::int64_t longest_waits_ms = 0) {
  const auto arrivals = every(ms, 2'000);
  Hopelessness rule(arrivals, longest_waits_ms * ms);
  for (std::int64_t t = 0; t < 3'000; t += 10)
    if (rule.see(t * ms, finished(t))) return t;
  return -1;
}

// Half are served: 135 are overdue at 270 ms; 999.5 ms are half of the schedule.
TEST(Hopelessness, IsHalfOfTheScheduleBeyondTheLimit) {
  EXPECT_EQ(hopeless_at([](std::int64_t t) { return t / 2; }), 270 + 1'000);
}

TEST(Hopelessness, IsNotARunThatKeepsUp) {
  EXPECT_EQ(hopeless_at([](std::int64_t t) { return t; }), -1);
  EXPECT_EQ(hopeless_at([](std::int64_t t) { return std::max<std::int64_t>(0, t - 130); }), -1);
}

TEST(Hopelessness, IsNotMadeOfTasksThatOnlyWait) {
  const auto waiting = [](std::int64_t t) { return std::max<std::int64_t>(0, t - 600); };
  EXPECT_EQ(hopeless_at(waiting, 600), -1);
  EXPECT_NE(hopeless_at([](std::int64_t t) { return std::max<std::int64_t>(0, t - 600) / 2; }, 600), -1);
}

TEST(Hopelessness, IsNotAStallThatIsMadeGood) {
  const auto stalled = [](std::int64_t t) { return t < 900 ? std::min<std::int64_t>(t, 300) : t; };
  EXPECT_EQ(hopeless_at(stalled), -1);
}

// Each is past, and the first does not count towards the second.
TEST(Hopelessness, IsNotTwoStallsFarApart) {
  const auto stalled = [](std::int64_t t) {
    if (t < 900) return std::min<std::int64_t>(t, 300);
    return t < 2'300 ? std::min<std::int64_t>(t, 1'500) : t;
  };
  EXPECT_EQ(hopeless_at(stalled), -1);
}

// A stall at the start and then as many as arrive: a backlog, but none that grows.
TEST(Hopelessness, IsNotABacklogThatStays) {
  EXPECT_EQ(hopeless_at([](std::int64_t t) { return std::max<std::int64_t>(0, t - 260); }), -1);
}

TEST(Hopelessness, OfAShortRunTakesLongerThanAMachineStopsFor) {
  const auto arrivals = every(ms / 100, 10'000);  // a tenth of a second, limit 300
  Hopelessness rule(arrivals, 0);
  for (std::int64_t t = 0; t < 250; t += 10) EXPECT_FALSE(rule.see(t * ms, 0)) << t;
}

TEST(ClosableJob, SendsAwayWhoeverHasNotBegun) {
  const std::vector<Wait> waits{5, 6, 7};
  workload::WaitJob inner{waits};
  std::atomic<bool> closed{false};
  ClosableJob job(inner, closed);
  EXPECT_EQ(job.size(), 3u);
  EXPECT_EQ(job.step(0, 0), 5);
  closed = true;
  EXPECT_EQ(job.step(1, 0), done);
  EXPECT_EQ(job.step(0, 1), done) << "whoever has begun is served";
  EXPECT_EQ(job.sent_away(), (std::vector<std::uint8_t>{0, 1, 0}));
}

struct RoledForeseeing {
  mutable std::uint32_t foreseen = 0;
  std::uint32_t size() const { return 1; }
  Wait step(std::uint32_t, std::uint32_t) { return done; }
  std::uint32_t role(std::uint32_t task) const { return task + 3; }
  void foresee(std::uint32_t task) const { foreseen = task; }
};

TEST(ClosableJob, IsWhatItsJobIs) {
  static_assert(RoledJob<ClosableJob<RoledForeseeing>> && ForeseeingJob<ClosableJob<RoledForeseeing>>);
  static_assert(!RoledJob<ClosableJob<workload::NullJob>> && !ForeseeingJob<ClosableJob<workload::NullJob>>);
  RoledForeseeing inner;
  const std::atomic<bool> closed{false};
  ClosableJob job(inner, closed);
  EXPECT_EQ(job.role(4), 7u);
  job.foresee(9);
  EXPECT_EQ(inner.foreseen, 9u);
}

// Five tasks, 10 apart, door closed at 25: the fourth was served although it came later, the last came too
// late to be seen.
TEST(CutRecords, KeepsWhoArrivedOrWasServed) {
  std::vector<measure::TaskRecord> records(5);
  for (std::size_t task = 0; task < records.size(); ++task)
    records[task] = {.intended = static_cast<std::int64_t>(10 * task),
                     .released = 1,
                     .started = 2,
                     .finished = 3,
                     .work = 4,
                     .kind = 6,
                     .finishes = 1};
  cut_records(records, std::vector<std::uint8_t>{0, 1, 0, 0, 1}, 25);
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].finishes, 1u);
  EXPECT_EQ(records[1].finishes, 0u);
  EXPECT_EQ(records[1].finished, 0);
  EXPECT_EQ(records[1].intended, 10);
  EXPECT_EQ(records[1].kind, 6u);
  EXPECT_EQ(records[3].finishes, 1u);
  cut_records(records, std::vector<std::uint8_t>{0, 1, 1, 1}, 5);
  EXPECT_EQ(records.size(), 1u);
}

TEST(EarlyEnd, ClosesTheDoorOfARunInWhichNobodyIsServed) {
  const auto arrivals = every(ms / 10, 5'000);
  const measure::FlightCounters counters(1);
  EarlyEnd end(counters, arrivals, backend::SteadyClock{}.now(), 0);
  EXPECT_FALSE(end.closed());
  while (!end.closed()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  end.stop();
  ASSERT_TRUE(end.closed_at());
  EXPECT_GE(*end.closed_at(), 250 * ms);
  EXPECT_GT(end.cpu_ns(), 0);
}

TEST(EarlyEnd, LeavesARunAloneThatIsServed) {
  const auto arrivals = every(ms / 10, 100);
  measure::FlightCounters counters(1);
  for (int task = 0; task < 100; ++task) counters.count_finished();
  EarlyEnd end(counters, arrivals, backend::SteadyClock{}.now(), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(40));
  end.stop();
  EXPECT_FALSE(end.closed());
  EXPECT_FALSE(end.closed_at());
}

// What a customer's steps cost here, in seconds at cpu_scale 1: by this build, on this machine.
double seconds_of_a_customer() {
  constexpr int tasks = 100;
  constexpr int scale = 10;
  using Shop = workload::Shop<workload::NoLocks>;
  const Row row =
      parse_row("counter/sequential/tasks:" + std::to_string(tasks) + "/cpu_scale:" + std::to_string(scale));
  return static_cast<double>(do_reference<Shop>(make_plan<Shop>(row)).work_ns) * 1e-9 / tasks / scale;
}

class AHopelessRun : public testing::TestWithParam<std::string_view> {};

// Of a blocking backend more than its workers can serve for the waits alone, of another one twice as many as
// they can for the work.
TEST_P(AHopelessRun, EndsEarlyAndIsProved) {
  constexpr int rate = 10'000;
  const int cores = std::min(2, static_cast<int>(measure::allowed_cpus().size()));
  std::string name = "counter/" + std::string(GetParam()) + "/rate:" + std::to_string(rate) + "/duration:0.4";
  if (backend::find_backend(GetParam()).waits != backend::Waits::blocking)
    name += "/cpu_scale:" + std::to_string(std::ceil(2.0 * cores / rate / seconds_of_a_customer()));
  OpenRow row = parse_open_row(name);
  row.row.cores = cores;
  const auto arrivals = make_arrivals(row);
  // Wrong sums or a digest that is not that of the tasks that were done would throw.
  const OpenFigures figures = measure_open_row(row, arrivals);
  EXPECT_TRUE(figures.ended_early);
  EXPECT_NE(figures.judgement.validity, measure::Validity::valid);
  EXPECT_GT(figures.sent_away, 0u);
  EXPECT_GT(figures.observed.finished_once, 0u);
  EXPECT_EQ(figures.observed.finished_once + figures.sent_away, figures.records.size());
  EXPECT_LE(figures.records.size(), arrivals.size());
  EXPECT_LT(figures.observed.finished_once, arrivals.size());
}

std::vector<std::string_view> names() {
  std::vector<std::string_view> names;
  for (const backend::BackendTraits& traits : backend::Registry::traits) names.push_back(traits.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Backends, AHopelessRun, testing::ValuesIn(names()),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace bookstore
