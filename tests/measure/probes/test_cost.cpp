#include "bench/measure/probes/cost.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <thread>

#include "bench/measure/machine/affinity.hpp"

namespace bookstore::measure {
namespace {

constexpr std::int64_t millisecond = 1'000'000;
constexpr std::int64_t mebibyte = 1 << 20;

// Measured by the thread's own CPU clock, so that it is the same burden on any machine.
void burn_cpu(std::int64_t ns) {
  for (const std::int64_t begin = thread_cpu_ns(); thread_cpu_ns() - begin < ns;) {
  }
}

TEST(CostOfASpan, IsTheDifferenceOfTwoReadings) {
  const Cost before{{.cpu_ns = 10, .voluntary_switches = 2, .involuntary_switches = 3},
                    {},
                    /*ticks=*/100,
                    /*steal_ticks=*/7};
  const Cost after{{.cpu_ns = 110, .voluntary_switches = 12, .involuntary_switches = 33},
                   {},
                   /*ticks=*/500,
                   /*steal_ticks=*/17};
  const Cost span = after - before;
  EXPECT_EQ(span.cpu_ns, 100);
  EXPECT_EQ(span.voluntary_switches, 10);
  EXPECT_EQ(span.involuntary_switches, 30);
  EXPECT_EQ(span.ticks, 400u);
  EXPECT_EQ(span.steal_ticks, 10u);
  EXPECT_DOUBLE_EQ(span.steal_fraction(), 0.025);
  EXPECT_EQ(Cost{}.steal_fraction(), 0) << "a span shorter than a tick";
}

TEST(CostOfASpan, LeavesOutWhatItsFirstReadingCost) {
  Cost before{{.cpu_ns = 10, .voluntary_switches = 2, .involuntary_switches = 3}};
  before.reading = {.cpu_ns = 5, .voluntary_switches = 1, .involuntary_switches = 2};
  Cost after{{.cpu_ns = 110, .voluntary_switches = 12, .involuntary_switches = 33}};
  after.reading = before.reading;
  const Cost span = after - before;
  EXPECT_EQ(span.cpu_ns, 95);
  EXPECT_EQ(span.voluntary_switches, 9);
  EXPECT_EQ(span.involuntary_switches, 28);
}

TEST(CostOfASpan, CountsWhatAQuotaTookAway) {
  Cost before, after;
  before.throttling = {.periods = 2, .ns = 1'000};
  after.throttling = {.periods = 5, .ns = 9'000};
  auto counters = disturbance_counters(after - before);
  EXPECT_EQ(counters.at("throttled_periods"), 3);
  EXPECT_EQ(counters.at("throttled_us"), 8);
  EXPECT_EQ(counters.at("throttled"), 1);
  EXPECT_EQ(disturbance_counters(after - after).at("throttled"), 0);
}

TEST(CostOfASpan, IsThatOfAllThreadsOfTheProcess) {
  const std::int64_t own_before = thread_cpu_ns();
  const Cost before = cost_so_far();
  std::thread(burn_cpu, 60 * millisecond).join();
  const Cost span = cost_so_far() - before;
  EXPECT_GE(span.cpu_ns, 50 * millisecond);
  EXPECT_LT(thread_cpu_ns() - own_before, 40 * millisecond) << "the other thread's time is not this one's";
  EXPECT_GE(process_cpu_ns(), before.cpu_ns + span.cpu_ns);
}

TEST(CpuByThread, IsEachThreadsOwn) {
  std::latch burnt(1), seen(1);
  int other = 0;
  std::thread thread([&] {
    other = gettid();
    burn_cpu(30 * millisecond);
    burnt.count_down();
    seen.wait();
  });
  const std::int64_t own_before = cpu_ns_by_thread().at(gettid());
  burnt.wait();
  const auto used = cpu_ns_by_thread();
  EXPECT_GE(cpu_ns_of(std::vector{other}), used.at(other));
  EXPECT_GE(cpu_ns_of(std::vector{other, gettid()}), used.at(other) + own_before);
  seen.count_down();
  thread.join();
  EXPECT_GE(used.at(other), 30 * millisecond);
  EXPECT_LT(used.at(gettid()) - own_before, 15 * millisecond);
}

// A thread that was joined is off the kernel's books only a moment later.
bool falls_to(int threads) {
  for (int attempt = 0; attempt < 1000 && thread_count() > threads; ++attempt)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return thread_count() == threads;
}

TEST(ThreadCount, GrowsWithEachThreadAndFallsAgain) {
  const auto until_stopped = [](const std::stop_token& stop) {
    while (!stop.stop_requested()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  // A process's first thread may bring others: ThreadSanitizer's does.
  const std::jthread first(until_stopped);
  const int before = thread_count();
  EXPECT_GE(before, 2);
  {
    const std::jthread other(until_stopped);
    EXPECT_EQ(thread_count(), before + 1);
  }
  EXPECT_TRUE(falls_to(before));
}

TEST(CostOfASpan, CountsAVoluntarySwitchForEverySleep) {
  const Cost before = cost_so_far();
  for (int i = 0; i < 20; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_GE((cost_so_far() - before).voluntary_switches, 20);
}

TEST(CostOfASpan, CountsTheTicksOfItsCpus) {
  const Cost before = cost_so_far();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const Cost span = cost_so_far() - before;
  EXPECT_GE(span.ticks, 5u);
  EXPECT_LE(span.steal_ticks, span.ticks);
}

TEST(CostOfASpan, IsSharedOutBetweenItsOwnThreadsOthersAndNobody) {
  const Cost before = cost_so_far();
  burn_cpu(100 * millisecond);
  const Cost span = cost_so_far() - before;
  EXPECT_GE(span.available_ns, 100 * millisecond);
  if (span.others_since_start) GTEST_SKIP() << "this kernel counts ticks only";
  // Up to a tick of the scheduler is counted late.
  const std::int64_t late = 10 * millisecond * static_cast<std::int64_t>(allowed_cpus().size());
  EXPECT_LE(span.cpu_ns + span.others_ns, span.available_ns + late);
  EXPECT_GE(span.others_ns, -late);
}

Cost observed(std::int64_t available_ns, std::int64_t others_ns) {
  Cost cost;
  cost.available_ns = available_ns;
  cost.others_ns = others_ns;
  return cost;
}

TEST(Others, AreAShareOfTheCpusTime) {
  const Cost before = observed(1'000, 300);
  EXPECT_DOUBLE_EQ((observed(3'000, 800) - before).others_fraction(), 0.25);
  EXPECT_DOUBLE_EQ((observed(3'000, 300) - before).others_fraction(), 0);
  EXPECT_EQ((observed(3'000, 290) - before).others_fraction(), 0) << "counted late";
  EXPECT_EQ((before - before).others_fraction(), 0) << "no time at all";
}

TEST(Others, DisturbARunAboveTheLimit) {
  const auto disturbed = [](std::int64_t others_ns) {
    return disturbance_counters(observed(1'000'000, others_ns)).at("disturbed");
  };
  EXPECT_EQ(disturbed(30'000), 0);
  EXPECT_EQ(disturbed(30'001), 1);
}

// Ticks say nothing of a short span: what others took since the start, if the threads had to wait as long.
TEST(Others, CountedInTicksAreThoseSinceTheStart) {
  Cost after = observed(2'000, 900);
  after.others_since_start = 0.4;
  EXPECT_DOUBLE_EQ((after - observed(1'000, 0)).others_fraction(), 0.4);
  after.run_delay_ns = 50;
  Cost before = observed(1'000, 0);
  before.run_delay_ns = 20;
  const Cost span = after - before;
  EXPECT_DOUBLE_EQ(span.run_delay_fraction().value(), 0.03);
  EXPECT_DOUBLE_EQ(span.others_fraction(), 0.03);
  EXPECT_DOUBLE_EQ(disturbance_counters(span).at("run_delay_fraction"), 0.03);
  EXPECT_FALSE(disturbance_counters(after - observed(1'000, 0)).contains("run_delay_fraction"));
}

// Two threads on one CPU wait for each other.
TEST(RunDelay, IsTheTimeThatThreadsWaitForACpu) {
  Cost span;
  // On a thread of its own, which takes its mask with it.
  std::thread([&span] {
    set_mask({allowed_cpus().front()});
    const Cost before = cost_so_far();
    std::thread other(burn_cpu, 60 * millisecond);
    burn_cpu(60 * millisecond);
    span = cost_so_far() - before;
    other.join();
  }).join();
  if (!span.run_delay_ns) GTEST_SKIP() << "this kernel does not count it";
  EXPECT_GT(*span.run_delay_ns, 20 * millisecond);
}

TEST(PeakMemory, GrowsWithWhatIsTouchedAndFallsWhenItIsReset) {
  constexpr std::size_t size = 64 * mebibyte;
  reset_peak_memory();
  const std::int64_t before = peak_memory_bytes();
  // Straight from the kernel: an allocator may keep what is given back to it.
  void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  for (std::size_t byte = 0; byte < size; byte += 4096) static_cast<volatile char*>(memory)[byte] = 1;
  const std::int64_t touched = peak_memory_bytes();
  munmap(memory, size);
  const std::int64_t given_back = peak_memory_bytes();
  reset_peak_memory();
  const std::int64_t after = peak_memory_bytes();
  EXPECT_GE(touched - before, 60 * mebibyte);
  // The kernel keeps its counts in batches.
  EXPECT_GE(given_back, touched - mebibyte) << "a peak is remembered";
  EXPECT_LE(after, touched - 60 * mebibyte);
}

}  // namespace
}  // namespace bookstore::measure
