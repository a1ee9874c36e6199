#include "bench/rows/parts.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/refusal.hpp"

namespace bookstore {
namespace {

using test::refusal;

TEST(PartsOfAName, AreDividedBySlashes) {
  std::string_view rest = "day/tbb//end";
  for (const std::string part : {"day", "tbb", "", "end"}) EXPECT_EQ(next_part(rest), part);
  EXPECT_EQ(rest, "");
  EXPECT_EQ(next_part(rest), "");
}

TEST(ParametersOfAName, AreDividedByTheirFirstColon) {
  const std::vector<std::pair<std::string_view, std::string_view>> expected{
      {"cores", "2"}, {"trace", "a:b"}, {"", ""}};
  EXPECT_EQ(parameters_in("cores:2/trace:a:b/:"), expected);
  EXPECT_TRUE(parameters_in("").empty());
  EXPECT_EQ(refusal([] { parameters_in("cores:2/tasks"); }), "'tasks' is not <parameter>:<value>");
}

TEST(WantedCores, AreThoseOfTheOptionOrOfTheRows) {
  EXPECT_EQ(wanted_cores("", {}), 0);
  EXPECT_EQ(wanted_cores("", {"day/tbb/workers:3"}), 0);
  EXPECT_EQ(wanted_cores("2", {"day/tbb"}), 2);
  EXPECT_EQ(wanted_cores("", {"day/tbb/workers:3/cores:2", "grain/tbb", "null/tbb/cores:2/rate:5"}), 2);
  EXPECT_EQ(wanted_cores("2", {"day/tbb/cores:2"}), 2);
}

TEST(WantedCores, AreNoneOfTheMachinesInVirtualTime) {
  EXPECT_EQ(wanted_cores("", {"day/simulated/cores:1024/workers:4096"}), 0);
  EXPECT_EQ(wanted_cores("", {"day/simulated/cores:1024", "day/tbb/cores:2"}), 2);
  EXPECT_EQ(wanted_cores("1024", {}, {"simulated"}), 0);
  EXPECT_EQ(wanted_cores("2", {}, {"simulated", "tbb"}), 2);
}

TEST(WantedCores, ThatDisagreeOrAreNoneAreRefused) {
  for (const auto& [cores, rows] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"1", {"day/tbb/cores:2"}}, {"", {"day/tbb/cores:2", "day/tbb/cores:1"}}})
    EXPECT_EQ(refusal([&cores = cores, &rows = rows] { wanted_cores(cores, rows); }),
              "rows of one process have one affinity mask; give the same cores to all of them");
  for (const std::string text : {"0", "16385", "two", "1.5"}) {
    EXPECT_EQ(refusal([&] { wanted_cores(text, {}); }),
              "cores is '" + text + "'; give a whole number from 1 to 16384");
    EXPECT_EQ(refusal([&] { wanted_cores("", {"day/tbb/cores:" + text}); }),
              "cores is '" + text + "'; give a whole number from 1 to 16384");
  }
}

}  // namespace
}  // namespace bookstore
