// The stamps of open runs on a clock that moves by sleeping and by the steps' own work: every time is known
// beforehand, whatever the machine.
#include "bench/measure/probes/stamps.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "bench/backends/event_loop/event_loop.hpp"
#include "bench/backends/sequential.hpp"
#include "bench/backends/threads.hpp"
#include "bench/measure/statistics/latency_window.hpp"
#include "bench/measure/statistics/percentiles.hpp"
#include "bench/seam/doors.hpp"
#include "tests/support/scripted.hpp"

namespace bookstore::measure {
namespace {

using backend::EventLoop;
using backend::Sequential;

using test::Script;
using test::ScriptedJob;
using test::start;
using test::tick;
using test::VirtualTime;

// The records of a run with one worker, in ticks from its start.
template <class Backend>
std::vector<TaskRecord> recorded(const std::vector<std::int64_t>& arrivals, const Script& script,
                                 std::deque<std::int64_t> lateness = {}) {
  VirtualTime time(std::move(lateness));
  ScriptedJob job(time, script);
  std::vector<std::int64_t> at;
  std::vector<TaskRecord> records(arrivals.size());
  for (std::size_t task = 0; task < arrivals.size(); ++task) {
    at.push_back(arrivals[task] * tick);
    records[task].intended = start + at.back();
  }
  FlightCounters counters(2);
  Backend backend(1, backend::Load::open);
  backend.run(job, backend::Schedule{.at = at, .start = start},
              Stamps<VirtualTime::Handle>(records, counters, time.handle()), backend::Timers(time.handle()));
  EXPECT_EQ(counters.in_flight(), 0);
  EXPECT_EQ(counters.finishing_threads(), 1);
  for (TaskRecord& record : records) {
    EXPECT_EQ(record.finishes, 1u);
    for (std::int64_t* stamp : {&record.intended, &record.released, &record.started, &record.finished})
      *stamp = (*stamp - start) / tick;
    record.work /= tick;
    record.asked_waits /= tick;
  }
  return records;
}

void expect_stamps(const TaskRecord& task, std::int64_t released, std::int64_t started,
                   std::int64_t finished) {
  EXPECT_EQ(task.released, released) << "task of " << task.intended;
  EXPECT_EQ(task.started, started) << "task of " << task.intended;
  EXPECT_EQ(task.finished, finished) << "task of " << task.intended;
}

void expect_split(const TaskRecord& task, const Split<std::int64_t>& parts) {
  const auto found = split(task);
  EXPECT_EQ(found.late_at_door, parts.late_at_door) << "task of " << task.intended;
  EXPECT_EQ(found.queued_before, parts.queued_before) << "task of " << task.intended;
  EXPECT_EQ(found.work, parts.work) << "task of " << task.intended;
  EXPECT_EQ(found.asked_waits, parts.asked_waits) << "task of " << task.intended;
  EXPECT_EQ(found.queued_after, parts.queued_after) << "task of " << task.intended;
  EXPECT_EQ(found.total(), task.finished - task.intended);
}

Window whole(const std::vector<TaskRecord>& records) { return {.first = 0, .count = records.size()}; }

const Script three_tasks{{{5, 20}, {5}}, {{7}}, {{4}}};
const std::vector<std::int64_t> three_arrivals{10, 20, 100};

// The worker wakes at 12 for the first, whose wait from 17 to 37 ends late, at 40; the second has queued
// since 20; the worker sleeps again and wakes at 101.
template <class Backend>
void expect_three_tasks_of_a_blocking_worker() {
  const auto records = recorded<Backend>(three_arrivals, three_tasks, {2, 3, 1});
  expect_stamps(records[0], 12, 12, 45);
  expect_split(records[0],
               {.late_at_door = 2, .queued_before = 0, .work = 10, .asked_waits = 20, .queued_after = 3});
  expect_stamps(records[1], 20, 45, 52);
  expect_split(records[1],
               {.late_at_door = 0, .queued_before = 25, .work = 7, .asked_waits = 0, .queued_after = 0});
  expect_stamps(records[2], 101, 101, 105);
  expect_split(records[2],
               {.late_at_door = 1, .queued_before = 0, .work = 4, .asked_waits = 0, .queued_after = 0});

  const auto latency = latencies(records, whole(records));
  EXPECT_EQ(latency, (std::vector<std::int64_t>{35, 32, 5}));
  EXPECT_EQ(percentile(latency, 0.5).value, 32);
  EXPECT_EQ(percentile(latency, 0.99).value, 35);
  EXPECT_EQ(percentile(latency, 0.1).value, 5);
  const auto mean = mean_split(records, whole(records));
  EXPECT_DOUBLE_EQ(mean.late_at_door, 1);
  EXPECT_DOUBLE_EQ(mean.queued_before, 25.0 / 3);
  EXPECT_DOUBLE_EQ(mean.work, 7);
  EXPECT_DOUBLE_EQ(mean.asked_waits, 20.0 / 3);
  EXPECT_DOUBLE_EQ(mean.queued_after, 1);
}

TEST(Stamped, ThreeTasksOfTheSequentialWorker) { expect_three_tasks_of_a_blocking_worker<Sequential>(); }
TEST(Stamped, ThreeTasksOfAPoolOfOne) { expect_three_tasks_of_a_blocking_worker<backend::Threads>(); }

// The same tasks: the second does not queue behind the first's wait, which ends at 37 and is noticed at 38.
TEST(Stamped, ThreeTasksOfTheEventLoop) {
  const auto records = recorded<EventLoop>(three_arrivals, three_tasks, {2, 3, 1});
  expect_stamps(records[0], 12, 12, 43);
  expect_split(records[0],
               {.late_at_door = 2, .queued_before = 0, .work = 10, .asked_waits = 20, .queued_after = 1});
  expect_stamps(records[1], 23, 23, 30);
  expect_split(records[1],
               {.late_at_door = 3, .queued_before = 0, .work = 7, .asked_waits = 0, .queued_after = 0});
  expect_stamps(records[2], 100, 100, 104);
  EXPECT_EQ(latencies(records, whole(records)), (std::vector<std::int64_t>{33, 10, 4}));
}

// Two arrive while the loop sleeps (until 13) and are let in when it wakes; one arrives while it works and
// has queued since.
TEST(ReleaseByTheEventLoop, IsTheWakingOfAnIdleLoopAndTheArrivalAtABusyOne) {
  const auto records = recorded<EventLoop>({10, 12, 15}, {{{5}}, {{4}}, {{2}}}, {3});
  expect_stamps(records[0], 13, 13, 18);
  expect_stamps(records[1], 13, 18, 22);
  expect_stamps(records[2], 15, 22, 24);
}

// The loop sleeps for a task's wait: what arrives while it oversleeps is let in when it wakes.
TEST(ReleaseByTheEventLoop, IsLateForArrivalsThatATimerSleepsThrough) {
  // Works 10-12, sleeps from 12 until 22, wakes at 26.
  const auto records = recorded<EventLoop>({10, 24}, {{{2, 10}, {3}}, {{1}}}, {0, 4});
  expect_stamps(records[0], 10, 10, 29);
  expect_stamps(records[1], 26, 29, 30);
  EXPECT_EQ(split(records[0]).queued_after, 4);
}

TEST(ReleaseByTheEventLoop, IsNotLateAfterASleepThatIsOver) {
  // Wakes on time at 10 and works until 60: the arrival at 30 met a busy loop.
  const auto records = recorded<EventLoop>({10, 30, 80}, {{{50}}, {{1}}, {{1}}}, {0, 2});
  expect_stamps(records[1], 30, 60, 61);
  expect_stamps(records[2], 82, 82, 83);
}

// One second in which nobody is served, in ticks: an arrival every 1,000, each of 100, the 501st of a
// million. All who arrive meanwhile are charged from when they came, not from when they were seen.
template <class Backend>
void expect_all_charged_for_a_stall() {
  std::vector<std::int64_t> arrivals;
  for (std::int64_t task = 0; task < 1'000; ++task) arrivals.push_back(1'000 * task);
  Script script(arrivals.size(), {{100}});
  script[500] = {{1'000'000}};
  const auto records = recorded<Backend>(arrivals, script);
  for (std::int64_t task = 0; task < 1'000; ++task) {
    const TaskRecord& record = records[static_cast<std::size_t>(task)];
    const std::int64_t finished = task < 500    ? 1'000 * task + 100
                                  : task == 500 ? 1'500'000
                                                : 1'500'000 + 100 * (task - 500);
    ASSERT_EQ(record.finished, finished) << task;
    ASSERT_EQ(record.released, record.intended) << "the door was not late, the worker was";
  }
  // The eleventh longest of the thousand: the stall, then 999,100 and 900 less each.
  const auto latency = latencies(records, whole(records));
  EXPECT_EQ(percentile(latency, 0.99).value, 991'000);
  EXPECT_EQ(percentile(latency, 0.501).value, 550'900);
  EXPECT_EQ(percentile(latency, 0.5).value, 100);
  // What a clock that starts with the work would have said.
  std::vector<std::int64_t> from_start;
  for (const TaskRecord& record : records) from_start.push_back(record.finished - record.started);
  EXPECT_EQ(percentile(from_start, 0.99).value, 100);
  // The queue is still there at the end: no steady state to speak of.
  EXPECT_EQ(judge(observe(records, select_window(records))).validity, Validity::overload);
}

TEST(AStalledWorker, IsChargedToAllWhoWaitForTheSequentialOne) {
  expect_all_charged_for_a_stall<Sequential>();
}
TEST(AStalledWorker, IsChargedToAllWhoWaitForAPool) { expect_all_charged_for_a_stall<backend::Threads>(); }
TEST(AStalledWorker, IsChargedToAllWhoWaitForTheEventLoop) { expect_all_charged_for_a_stall<EventLoop>(); }

// The same for those inside: a stall keeps tasks whose waits are over.
TEST(AStalledWorker, IsChargedToTasksThatWaitInTheEventLoop) {
  const auto records = recorded<EventLoop>({10, 20}, {{{1, 30}, {1}}, {{1'000}}});
  expect_stamps(records[0], 10, 10, 1'021);
  expect_split(records[0],
               {.late_at_door = 0, .queued_before = 0, .work = 2, .asked_waits = 30, .queued_after = 979});
  expect_stamps(records[1], 20, 20, 1'020);
}

// A door of its own: it wakes at 12, takes 15 to hand the first over and is late for the second of 20; then
// full workers hold it until 67, and who came meanwhile has queued since. The last finds it on time.
TEST(TheDoor, ChargesItsOwnLatenessButNotThatOfFullWorkers) {
  VirtualTime time({2});
  const std::vector<std::int64_t> at{10 * tick, 20 * tick, 30 * tick, 67 * tick, 68 * tick, 100 * tick};
  const std::vector<std::int64_t> handing_over{15, 40, 3, 0, 0, 0};
  std::vector<TaskRecord> records(at.size());
  FlightCounters counters(1);
  Stamps<VirtualTime::Handle> probe(records, counters, time.handle());
  const backend::FirstFailure failure;
  std::vector<std::uint32_t> submitted;
  const auto clock = time.handle();
  EXPECT_EQ(backend::keep_door(backend::Schedule{.at = at, .start = start}, 6, probe, clock, failure,
                               [&](std::uint32_t task) {
                                 submitted.push_back(task);
                                 time.pass(handing_over[task]);
                                 return task == 1;
                               }),
            6u);
  EXPECT_EQ(submitted, (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5}));
  const std::vector<std::int64_t> released{12, 27, 30, 67, 70, 100};
  for (std::size_t task = 0; task < at.size(); ++task)
    EXPECT_EQ((records[task].released - start) / tick, released[task]) << "task " << task;
  EXPECT_EQ(counters.in_flight(), 6);
}

TEST(TheDoor, IsClosedByAFailure) {
  VirtualTime time;
  const std::vector<std::int64_t> at{0, tick, 2 * tick, 3 * tick};
  std::vector<TaskRecord> records(at.size());
  FlightCounters counters(1);
  Stamps<VirtualTime::Handle> probe(records, counters, time.handle());
  backend::FirstFailure failure;
  const auto clock = time.handle();
  EXPECT_EQ(backend::keep_door(backend::Schedule{.at = at, .start = start}, 4, probe, clock, failure,
                               [&](std::uint32_t task) {
                                 try {
                                   if (task == 1) throw task;
                                 } catch (...) {
                                   failure.keep_current();
                                 }
                                 return false;
                               }),
            2u);
  EXPECT_EQ(counters.in_flight(), 2) << "released after the failure";
}

// A step that goes on at once is no wait.
TEST(Stamped, WaitsAreCounted) {
  const auto records = recorded<Sequential>({10, 100}, {{{1, 5}, {1, 0}, {1, 5}, {1}}, {{1}}}, {0, 2, 4});
  EXPECT_EQ(records[0].waits, 2u);
  EXPECT_EQ(records[1].waits, 0u);
  EXPECT_EQ(wait_lateness(records, whole(records)), (std::vector<std::int64_t>{3}));
}

// A defect of a backend is to be seen, not hidden by the last stamp.
TEST(Stamped, ATaskThatFinishesTwiceIsCountedTwice) {
  VirtualTime time;
  std::vector<TaskRecord> records(1);
  FlightCounters counters(1);
  Stamps<VirtualTime::Handle> probe(records, counters, time.handle());
  probe.released(0, start);
  for (int run = 0; run < 2; ++run) {
    probe.before(0, 0);
    time.pass(3);
    probe.after(0, 0, done);
  }
  EXPECT_EQ(records[0].finishes, 2u);
  EXPECT_EQ(counters.in_flight(), -1);
}

}  // namespace
}  // namespace bookstore::measure
