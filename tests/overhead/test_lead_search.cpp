#include "bench/overhead/support/lead_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/seam/failures.hpp"

namespace bookstore::overhead {
namespace {

constexpr std::int64_t ms = 1'000'000;

// Stands in for a runtime whose tasks begin, one after the other, within a time of its own: time passes in a
// variable.
struct Runtime {
  std::int64_t begin_ns = 0;
  std::vector<WaitPlan> tried{};
  std::int64_t spent_ns = 0;

  Attempt operator()(const WaitPlan& plan) {
    tried.push_back(plan);
    const std::int64_t run_ns = std::max(begin_ns, plan.longest());
    spent_ns += run_ns;
    return {.all_waited = plan.lead() >= begin_ns, .run_ns = run_ns};
  }
};

LeadSearch search_of(Ends ends) {
  return {.row = "waiting/slow", .tasks = 1000, .ends = ends, .span = 50 * ms, .first_lead = 10 * ms};
}

class Leads : public testing::TestWithParam<Ends> {};

INSTANTIATE_TEST_SUITE_P(All, Leads, testing::Values(Ends::uniform, Ends::equal, Ends::shop));

TEST_P(Leads, ThatSufficeAtOnceAreLeftAsTheyAre) {
  Runtime runtime{.begin_ns = 10 * ms};
  EXPECT_TRUE(search_of(GetParam()).run([&](const WaitPlan& plan) { return runtime(plan); }));
  ASSERT_EQ(runtime.tried.size(), 1u);
  EXPECT_EQ(runtime.tried.front().lead(), 10 * ms);
}

// Not by doubling alone: what the attempt took is long enough for the next one. The last attempt is of the
// ends that were asked for.
TEST_P(Leads, OfARuntimeThatBeginsSlowlyAreFoundInAFewAttempts) {
  Runtime runtime{.begin_ns = 700 * ms};
  EXPECT_TRUE(search_of(GetParam()).run([&](const WaitPlan& plan) { return runtime(plan); }));
  EXPECT_LE(runtime.tried.size(), 4u);
  EXPECT_GE(runtime.tried.back().lead(), 700 * ms);
  EXPECT_LE(runtime.tried.back().lead(), 1400 * ms);
  EXPECT_EQ(runtime.tried.back().longest(),
            WaitPlan(1000, GetParam(), 50 * ms, runtime.tried.back().lead()).longest());
}

// Of its lengths, of which the longest is 25 times the shortest, no attempt is made to find the lead.
TEST(LeadsOfTheShop, AreFoundByWaitsThatAreNotStretched) {
  Runtime runtime{.begin_ns = 700 * ms};
  EXPECT_TRUE(search_of(Ends::shop).run([&](const WaitPlan& plan) { return runtime(plan); }));
  EXPECT_EQ(std::ranges::count_if(runtime.tried, [](const WaitPlan& plan) { return plan.scale() > 1; }), 2);
  const std::int64_t last_ns = runtime.tried.back().longest();
  EXPECT_LE(runtime.spent_ns - last_ns, 4 * 700 * ms);
}

// Before any run of them is made.
TEST(LeadsOfTheShop, ThatWouldTakeTooLongAreALimitThatIsNamed) {
  Runtime runtime{.begin_ns = 2'000 * ms};
  try {
    search_of(Ends::shop).run([&](const WaitPlan& plan) { return runtime(plan); });
    ADD_FAILURE() << "the shop's lengths were waited for";
  } catch (const backend::LimitReached& limit) {
    const std::string text = limit.what();
    EXPECT_TRUE(text.starts_with("waiting/slow: so many tasks do not all begin to wait within ")) << text;
    EXPECT_NE(text.find("ask for fewer tasks, or for deadlines:0"), std::string::npos) << text;
  }
  EXPECT_LE(runtime.spent_ns, LeadSearch::longest_ns);
  for (const WaitPlan& plan : runtime.tried) EXPECT_LE(plan.longest(), LeadSearch::longest_ns);
}

// Tasks that go on before others begin, however long they were to wait.
TEST(LeadsThatNeverSuffice, AreGivenUp) {
  for (const Ends ends : {Ends::uniform, Ends::equal}) {
    int tried = 0;
    EXPECT_FALSE(search_of(ends).run([&](const WaitPlan&) {
      ++tried;
      return Attempt{.all_waited = false, .run_ns = 0};
    }));
    EXPECT_EQ(tried, LeadSearch::attempts);
  }
}

}  // namespace
}  // namespace bookstore::overhead
