#include "workloads/bookstore/slips.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

namespace bookstore::workload {
namespace {

std::ptrdiff_t bytes_between(const Slip& one, const Slip& other) {
  return std::abs(reinterpret_cast<const char*>(&one) - reinterpret_cast<const char*>(&other));
}

TEST(Slips, AreOneForEachTask) {
  for (const std::uint32_t tasks : {1u, 2u, 15u, 16u, 31u, 32u, 1000u, 1024u, 4095u, 4096u, 100'003u}) {
    Slips slips(tasks);
    for (std::uint32_t task = 0; task < tasks; ++task) slips[task].seal = task + 1;
    for (std::uint32_t task = 0; task < tasks; ++task) ASSERT_EQ(slips[task].seal, task + 1) << tasks;
  }
}

// No two of so many tasks in a row share a pair of cache lines.
TEST(Slips, OfTasksThatAreDoneAtTheSameTimeLieApart) {
  static constexpr std::ptrdiff_t pair_of_lines = 128;
  const auto expect_apart = [](std::uint32_t tasks, std::uint32_t at_a_time) {
    const Slips slips(tasks);
    for (std::uint32_t task = 0; task + at_a_time < tasks; task += 7)
      for (std::uint32_t next = 1; next < at_a_time; ++next)
        ASSERT_GE(bytes_between(slips[task], slips[task + next]), pair_of_lines) << tasks << ", " << task;
  };
  expect_apart(1'000, 32);
  expect_apart(16'000, 256);
  expect_apart(100'000, 256);
}

TEST(Slips, HoldTheLargestOfEachOfTheirNumbers) {
  Slips slips(1);
  slips[0] = {
      .seal = UINT32_MAX, .cents = INT32_MIN, .found = Slip::most_titles - 1, .stage = Slip::finished};
  const Receipt receipt = slips[0].receipt();
  EXPECT_EQ(receipt.seal, UINT32_MAX);
  EXPECT_EQ(receipt.cents, INT32_MIN);
  EXPECT_EQ(receipt.found, 16'777'215u);
  EXPECT_EQ(slips[0].stage, 255u);
  EXPECT_EQ(Slip::stage_after(0), 1u);
}

}  // namespace
}  // namespace bookstore::workload
