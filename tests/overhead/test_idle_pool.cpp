// What happens around the tasks: handing over, cold starts, standing idle and bursts, in time that the tests
// make, and on every backend for what no time decides.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "bench/overhead/experiments/burst.hpp"
#include "bench/overhead/experiments/gaps.hpp"
#include "bench/overhead/experiments/handover.hpp"
#include "bench/overhead/experiments/idle.hpp"
#include "bench/overhead/support/fork_tree.hpp"
#include "bench/overhead/support/outside.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/scripted.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore::overhead {
namespace {

using backend::AllAtOnce;
using backend::Schedule;
using test::start;
using test::tick;
using test::VirtualTime;

// A pool whose worker takes 3 ticks to wake up. The calling thread plays all parts.
template <bool has_submitter>
struct SlowPool {
  static constexpr backend::BackendTraits traits{"slow", backend::Waits::blocking, false, has_submitter};
  VirtualTime* time;

  template <class J, class P, class Waiter>
  void run(J& job, AllAtOnce, P, const Waiter&) {
    for (std::uint32_t task = 0; task < job.size(); ++task) wake_for(job, task);
  }
  template <class J, class P, class Waiter>
  void run(J& job, const Schedule& door, P probe, const Waiter& waiter) {
    const auto& clock = waiter.clock();
    for (std::uint32_t task = 0; task < job.size(); ++task) {
      if (clock.now() < door.arrival(task)) clock.sleep_until(door.arrival(task));
      probe.released(task, clock.now());
      wake_for(job, task);
    }
  }
  template <class J>
  void wake_for(J& job, std::uint32_t task) {
    time->pass(3);
    job.step(task, 0);
  }
};

// Of each task: when it was handed over, from the start, and its delay.
using Ticks = std::vector<std::pair<std::int64_t, std::int64_t>>;
template <class Job>
Ticks in_ticks(const Job& job) {
  Ticks ticks;
  for (const HandOver& each : job.records())
    ticks.emplace_back((each.handed - start) / tick, each.delay() / tick);
  return ticks;
}

TEST(HandingOver, WithASubmitterCountsFromTheReleaseOfEachTask) {
  VirtualTime time({2});  // the door wakes late
  SlowPool<true> pool{&time};
  HandOverJob job(3, 0, time.handle());
  hand_over(pool, job, start + 10 * tick, time.handle());
  EXPECT_EQ(in_ticks(job), (Ticks{{12, 3}, {15, 3}, {18, 3}}));
}

TEST(HandingOver, WithoutOneCountsFromTheCallForAll) {
  VirtualTime time({2});
  SlowPool<false> pool{&time};
  HandOverJob job(3, 0, time.handle());
  hand_over(pool, job, start + 10 * tick, time.handle());
  EXPECT_EQ(in_ticks(job), (Ticks{{12, 3}, {12, 6}, {12, 9}}));
}

TEST(HandingOver, OfWhatHasArrivedAlreadySleepsNoMore) {
  VirtualTime time({100, 100});  // would show in any sleep
  SlowPool<true> with{&time};
  SlowPool<false> without{&time};
  HandOverJob first(1, 0, time.handle());
  HandOverJob second(1, 0, time.handle());
  hand_over(with, first, start, time.handle());
  hand_over(without, second, start, time.handle());
  EXPECT_EQ(in_ticks(first), (Ticks{{0, 3}}));
  EXPECT_EQ(in_ticks(second), (Ticks{{3, 3}}));
}

TEST(DelayCounters, AreExactPercentiles) {
  std::vector<std::int64_t> delays;
  for (std::int64_t delay = 200; delay >= 1; --delay) delays.push_back(1000 * delay);
  const auto counters = delay_counters(delays);
  EXPECT_DOUBLE_EQ(counters.at("start_p50_us"), 100);
  EXPECT_DOUBLE_EQ(counters.at("start_p99_us"), 198);
}

TEST(HandedOver, IsProvedTaskByTask) {
  const OverheadRow row = parse_overhead_row("handover/threads");
  const backend::BackendTraits pool{"pool", backend::Waits::blocking, false, false};
  const backend::BackendTraits single{"single", backend::Waits::blocking, true, false};
  std::vector<HandOver> records(3);
  for (HandOver& each : records) {
    each.handed = each.started = 5;
    each.thread = 1;
    each.runs = 1;
  }
  EXPECT_NO_THROW(prove_handed_over(row, records, pool));
  EXPECT_THROW(prove_handed_over(row, records, single), std::runtime_error) << "there is no other thread";
  records[2].thread = 0;
  EXPECT_THROW(prove_handed_over(row, records, pool), std::runtime_error) << "the submitter ran it";
  records[2].thread = 1;
  records[1].started = 4;
  EXPECT_THROW(prove_handed_over(row, records, pool), workload::WrongResult) << "before it was there";
  records[1].started = 5;
  records[1].runs = 2;
  EXPECT_THROW(prove_handed_over(row, records, pool), workload::WrongResult) << "twice";
  records[1].runs = 0;
  EXPECT_THROW(prove_handed_over(row, records, pool), workload::WrongResult) << "never";
}

TEST(BurstTimes, CountFromTheFirstHandOver) {
  std::vector<HandOver> records(3);
  constexpr std::array<std::array<std::int64_t, 4>, 3> told{
      {{110, 140, 150, 2}, {100, 160, 170, 1}, {105, 130, 190, 2}}};
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].handed = told[i][0];
    records[i].started = told[i][1];
    records[i].finished = told[i][2];
    records[i].thread = static_cast<int>(told[i][3]);
  }
  const BurstTimes times = burst_times(records);
  EXPECT_EQ(times.first_start, 30);
  EXPECT_EQ(times.last_finish, 90);
  EXPECT_EQ(times.workers, 2);
}

// The pool burns all of the time up to the tenth tick, and a quarter of it later.
TEST(IdleWatch, SeesTheSpansThatItIsAskedTo) {
  VirtualTime time;
  const auto clock = time.handle();
  const auto burnt = [&] {
    const std::int64_t ticks = (clock.now() - start) / tick;
    return ticks <= 10 ? ticks : 10 + (ticks - 10) / 4;
  };
  const IdleCpu cpu = watch_idle(clock, burnt, 14 * tick, 20 * tick);
  EXPECT_EQ(cpu.after_ns, 11);
  EXPECT_EQ(cpu.later_ns, 3);
  EXPECT_EQ(clock.now(), start + 48 * tick);
}

// What is burnt in the bursts does not count.
TEST(CpuInGaps, IsWhatIsBurntBetweenTheBursts) {
  std::int64_t burnt = 1'000;
  int bursts = 0;
  const std::int64_t in_gaps = cpu_in_gaps(
      3, [&] { burnt += 500 * ++bursts; }, [&] { burnt += 7 * bursts; }, [&] { return burnt; });
  EXPECT_EQ(bursts, 3);
  EXPECT_EQ(in_gaps, 7 + 14 + 21);
}

template <class Backend>
class IdlePool : public testing::Test {};
TYPED_TEST_SUITE(IdlePool, test::AllBackends, test::BackendNames);

TYPED_TEST(IdlePool, RunsWhatItIsHandedOnceAndOnAThreadOfItsOwn) {
  const OverheadRow row = parse_overhead_row("handover/threads");
  const backend::SteadyClock clock;
  for (const int workers : {1, 3}) {
    if (TypeParam::traits.single_threaded && workers > 1) continue;
    TypeParam pool(workers, outside_load(TypeParam::traits));
    for (const std::uint32_t tasks : {1u, 1u, 500u}) {
      HandOverJob<> job(tasks, 10);
      const std::int64_t time = clock.now() + 200'000;
      hand_over(pool, job, time, clock);
      EXPECT_NO_THROW(prove_handed_over(row, job.records(), TypeParam::traits));
      for (const HandOver& record : job.records()) {
        EXPECT_GE(record.handed, time);
        EXPECT_GE(record.finished, record.started);
      }
      EXPECT_LE(burst_times(job.records()).workers, workers);
    }
  }
}

TYPED_TEST(IdlePool, TakesAForkFromAWorkerThatStaysAtWork) {
  const backend::SteadyClock clock;
  for (const int workers : {1, 2}) {
    if (TypeParam::traits.single_threaded && workers > 1) continue;
    TypeParam pool(workers);
    measure::ThreadIndex threads;
    for (int i = 0; i < 10; ++i) {
      HandOver record;
      const std::int64_t fork_at = clock.now() + 100'000;
      const ForkTree<> tree(record, threads, fork_at, workers == 1);
      EXPECT_EQ(pool.count(tree), ForkTree<>::sum);
      EXPECT_EQ(record.runs, 1u);
      EXPECT_GE(record.handed, fork_at);
      EXPECT_GE(record.delay(), 0);
      // A worker that was not scheduled within the forker's patience leaves the fork to it.
      if (workers > 1) {
        EXPECT_TRUE(tree.apart() || record.delay() >= ForkTree<>::patience);
      }
      if (TypeParam::traits.single_threaded) {
        EXPECT_FALSE(tree.apart());
      }
    }
  }
}

// Each reading takes a millisecond.
struct TickingClock {
  std::int64_t* time;
  std::int64_t now() const { return *time += 1'000'000; }
  void sleep_until(std::int64_t deadline) const { *time = std::max(*time, deadline); }
};

// Counts the fork after its own leaf, as a worker that nobody helps.
template <class T>
std::uint64_t count_alone(const T& tree) {
  std::uint64_t sum = 0;
  const auto last = tree.split(tree.root(), [](auto) {});
  sum += tree.leaf(last);
  return sum + tree.leaf(T::Node::forked);
}

TEST(Fork, ThatNobodyTakesIsWaitedForOnlySoLong) {
  for (const bool alone : {false, true}) {
    std::int64_t time = 0;
    HandOver record;
    measure::ThreadIndex threads;
    using Tree = ForkTree<TickingClock>;
    const Tree tree(record, threads, 50'000'000, alone, TickingClock{&time});
    EXPECT_EQ(count_alone(tree), Tree::sum);
    EXPECT_EQ(record.handed, 51'000'000);
    EXPECT_FALSE(tree.apart());
    EXPECT_EQ(record.delay() >= Tree::patience, !alone);
    EXPECT_LE(record.delay(), Tree::patience + 5'000'000);
  }
}

}  // namespace
}  // namespace bookstore::overhead
