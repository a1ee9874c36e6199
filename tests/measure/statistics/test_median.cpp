#include "bench/measure/statistics/median.hpp"

#include <gtest/gtest.h>

namespace bookstore::measure {
namespace {

TEST(Median, IsTheMiddleOrTheMeanOfBothInTheMiddle) {
  EXPECT_EQ(median({5}), 5);
  EXPECT_EQ(median({9, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 100, 2}), 3);
}

}  // namespace
}  // namespace bookstore::measure
