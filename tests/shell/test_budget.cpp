#include "bench/shell/budget.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/refusal.hpp"

namespace bookstore {
namespace {

TEST(Budget, AllowsWhatFits) {
  EXPECT_TRUE(Budget("").allows(1e300));
  EXPECT_TRUE(Budget("1e6").allows(1));
  EXPECT_FALSE(Budget("1").allows(1.5));
  EXPECT_FALSE(Budget("1e-9").allows(0)) << "spent before anything begins";
}

TEST(Budget, IsANumberOfSecondsAboveZero) {
  for (const std::string text : {"0", "-1", "soon", "1s", "inf"})
    test::expect_one_line_about(test::refusal([&] { Budget budget(text); }), "budget is '" + text + "'",
                                text);
}

}  // namespace
}  // namespace bookstore
