#include "bench/measure/probes/floor.hpp"

#include <gtest/gtest.h>

#include <cstdint>

#include "bench/seam/run.hpp"

namespace bookstore::measure {
namespace {

// What holds on any machine: a reading takes time, and no sleep ends early.
TEST(MeasuringFloor, IsOrderedAndNeverBelowZero) {
  const Floor floor = measure_floor();
  EXPECT_GT(floor.clock_read_ns, 0);
  EXPECT_GE(floor.wake_up_p50_ns, 0);
  EXPECT_GE(floor.wake_up_p99_ns, floor.wake_up_p50_ns);
  EXPECT_GE(floor.wake_up_max_ns, floor.wake_up_p99_ns);
  EXPECT_GE(floor.recording_ns, 0);
}

TEST(MeasuringFloor, TakesACostBelowItsResolutionForNone) {
  EXPECT_EQ(recording_cost({12, 300, 10}), 12);
  EXPECT_EQ(recording_cost({-209, 5, -300}), 0);
}

TEST(HiccupWatch, WatchesForAsLongAsItIsAskedTo) {
  const backend::SteadyClock clock;
  constexpr std::int64_t duration = 5'000'000;
  const std::int64_t before = clock.now();
  const Hiccups seen = watch_hiccups(duration);
  const std::int64_t lasted = clock.now() - before;
  EXPECT_GE(lasted, duration);
  EXPECT_GT(seen.longest_ns, 0);
  EXPECT_LE(seen.longest_ns, lasted);
  EXPECT_EQ(seen.over_50us > 0, seen.longest_ns > 50'000);
  EXPECT_LE(seen.over_50us * 50'000, lasted);
}

TEST(HiccupWatch, OfNoTimeSeesNone) { EXPECT_EQ(watch_hiccups(-1).longest_ns, 0); }

}  // namespace
}  // namespace bookstore::measure
