// What steps take when nothing is in their way, on a clock that they move themselves.
#include "bench/open/alone.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/support/scripted.hpp"

namespace bookstore {
namespace {

using test::Script;
using test::tick;

std::vector<double> alone(const Script& script, const std::vector<std::uint32_t>& kinds) {
  test::VirtualTime time;
  test::ScriptedJob job(time, script);
  auto found = work_alone(
      job, [&](std::uint32_t task) { return kinds.at(task); }, time.handle());
  for (double& ns : found) ns /= tick;
  return found;
}

TEST(WorkAlone, IsTheMedianOfAKindWithoutItsWaits) {
  const Script script{{{3, 100}, {4}}, {{20}}, {{6, 100}, {2}}, {{30}}, {{900, 1}, {1}}};
  EXPECT_EQ(alone(script, {0, 1, 0, 1, 0}), (std::vector<double>{8, 25})) << "7, 8 and 901; 20 and 30";
}

TEST(WorkAlone, OfAKindThatDoesNotComeIsUnknown) {
  const auto found = alone({{{3}}}, {2});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_TRUE(std::isinf(found[0]));
  EXPECT_TRUE(std::isinf(found[1]));
  EXPECT_EQ(found[2], 3);
}

TEST(WorkAlone, NeedsNoMoreTasksThanTellTheKindsApart) {
  Script script(most_done_alone, {{1}});
  script.resize(2 * most_done_alone, {{50}});
  EXPECT_EQ(alone(script, std::vector<std::uint32_t>(script.size())), std::vector<double>{1});
  EXPECT_TRUE(alone({}, {}).empty());
}

}  // namespace
}  // namespace bookstore
