#include "bench/seam/timers/wait_end.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>

#include "tests/support/durations.hpp"

namespace bookstore::backend {
namespace {

using test::hour;
using test::second;

// By how much the wait may end late, if it began when the clock was read.
constexpr std::int64_t most_late(std::int64_t now, Wait wait) {
  const WaitEnd end = RoundedWaits::end_of(now, wait);
  return end.at + end.leeway - (now + wait);
}

constexpr bool is_kept_well(std::int64_t now, Wait wait) {
  const WaitEnd end = RoundedWaits::end_of(now, wait);
  return end.at >= now + wait && most_late(now, wait) + RoundedWaits::undated(wait) <= wait / 1000;
}

static_assert(most_late(0, 0) == 0 && most_late(12'345, 999) == 0);
static_assert(RoundedWaits::end_of(1, 500'000).at == 500'032);       // 469 to spare: rounded to 64
static_assert(RoundedWaits::end_of(0, second).at == 1'000'079'360);  // 938,965 to spare: to 2^17
static_assert(is_kept_well(0, 0) && is_kept_well(7, 24 * hour) && is_kept_well(1'000'000 * hour, hour));
static_assert(RoundedWaits::end_of(never - 5, 6).at == never);
static_assert(ExactWaits::end_of(7, second).at == second + 7 && ExactWaits::end_of(7, second).leeway == 0);
static_assert(ExactWaits::end_of(never - 5, 6).at == never);

TEST(RoundedWaits, AreNeverEarlyAndAtMostAThousandthLate) {
  for (Wait wait = 0; wait < 10'000; ++wait) ASSERT_TRUE(is_kept_well(wait * 31, wait)) << wait;
  std::mt19937_64 random(6);
  for (int i = 0; i < 100'000; ++i) {
    const auto now = static_cast<std::int64_t>(random() >> (3 + random() % 60));
    const auto wait = static_cast<Wait>(random() >> (3 + random() % 60));
    ASSERT_TRUE(is_kept_well(now, wait)) << "now " << now << ", wait " << wait;
  }
}

// Else a loop would sleep more often than it needs to.
TEST(RoundedWaits, MostOfTheThousandthIsUsed) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 1'000; ++i) {
    const auto wait = static_cast<Wait>(1'000'000 + random() % second);
    EXPECT_GT(most_late(static_cast<std::int64_t>(random() >> 4), wait), wait * 93 / 100'000) << wait;
  }
}

TEST(RoundedWaits, ThatEndCloseTogetherEndAtOnce) {
  const std::int64_t first = RoundedWaits::end_of(0, second).at;
  EXPECT_EQ(RoundedWaits::end_of(1'000, second).at, first);
  EXPECT_EQ(RoundedWaits::end_of(0, second + 70'000).at, first);
  EXPECT_GT(RoundedWaits::end_of(0, second + 200'000).at, first);
}

}  // namespace
}  // namespace bookstore::backend
