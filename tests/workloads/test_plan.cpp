#include "workloads/bookstore/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace bookstore::workload {
namespace {

constexpr std::uint32_t& of(std::array<std::uint32_t, kind_count>& counts, Kind kind) {
  return counts[static_cast<std::size_t>(kind)];
}

Plan plan_of(std::string_view mix, double tasks, double seed = 1) {
  Parameters parameters;
  parameters.tasks = tasks;
  parameters.seed = seed;
  return Plan(find_mix(mix), parameters);
}

std::array<std::uint32_t, kind_count> counted(const Plan& plan) {
  std::array<std::uint32_t, kind_count> counts{};
  for (std::uint32_t task = 0; task < plan.size(); ++task) ++of(counts, plan.kind(task));
  return counts;
}

// All that a plan says about its tasks.
std::vector<std::uint32_t> contents(const Plan& plan) {
  std::vector<std::uint32_t> all;
  for (std::uint32_t task = 0; task < plan.size(); ++task) {
    all.push_back(static_cast<std::uint32_t>(plan.kind(task)));
    all.push_back(plan.subject(task));
    if (plan.kind(task) != Kind::shelve_books) continue;
    const auto batch = plan.batch(plan.subject(task));
    all.insert(all.end(), batch.begin(), batch.end());
  }
  all.insert(all.end(), plan.stock().begin(), plan.stock().end());
  all.insert(all.end(), plan.lent().begin(), plan.lent().end());
  return all;
}

TEST(Plan, IsAPureFunctionOfSeedAndParameters) {
  for (const Mix& mix : mix_table()) {
    EXPECT_EQ(contents(plan_of(mix.name, 500, 4)), contents(plan_of(mix.name, 500, 4))) << mix.name;
    EXPECT_NE(contents(plan_of(mix.name, 500, 4)), contents(plan_of(mix.name, 500, 5))) << mix.name;
  }
}

TEST(Plan, TheDayHasTheMixThatTheEssayAsksFor) {
  auto counts = counted(plan_of("day", 1000));
  EXPECT_EQ(of(counts, Kind::rent_book), 450u);
  EXPECT_EQ(of(counts, Kind::return_book), 450u);
  EXPECT_EQ(of(counts, Kind::shelve_books), 90u);
  EXPECT_EQ(of(counts, Kind::make_coffee), 6u);
  EXPECT_EQ(of(counts, Kind::check_mail), 4u);
}

TEST(Plan, TheOtherWorkloadsHaveOnlyTheirOwnKinds) {
  auto shelving = counted(plan_of("shelving", 321));
  EXPECT_EQ(of(shelving, Kind::shelve_books), 321u);
  auto counter = counted(plan_of("counter", 3000));
  EXPECT_EQ(of(counter, Kind::rent_book), 1500u);
  EXPECT_EQ(of(counter, Kind::return_book), 1500u);
  auto errands = counted(plan_of("errands", 500));
  EXPECT_EQ(of(errands, Kind::make_coffee), 300u);
  EXPECT_EQ(of(errands, Kind::check_mail), 200u);
}

TEST(Plan, AnySizeIsExactAndEachKindWithinOneOfItsShare) {
  for (const Mix& mix : mix_table()) {
    for (const std::uint32_t tasks : {1u, 2u, 3u, 7u, 999u, 12345u}) {
      const Plan plan = plan_of(mix.name, tasks);
      ASSERT_EQ(plan.size(), tasks) << mix.name;
      const auto counts = counted(plan);
      for (std::size_t k = 0; k < kind_count; ++k)
        EXPECT_NEAR(counts[k], tasks * mix.per_thousand[k] / 1000.0, 1) << mix.name << ' ' << tasks;
    }
  }
}

TEST(Plan, OnlyTheDayOpensAndCloses) {
  for (const Mix& mix : mix_table()) EXPECT_EQ(mix.opens_and_closes, mix.name == "day") << mix.name;
}

TEST(Plan, CoffeeIsMadeInTheMorningAndInTheAfternoonAndMailIsFetchedBeforeNoon) {
  const Plan plan = plan_of("day", 10'000);
  std::uint32_t morning = 0, afternoon = 0;
  std::array<int, 4> customers{};
  for (std::uint32_t task = 0; task < plan.size(); ++task) {
    const double hour = static_cast<double>(task) / plan.size();
    if (plan.kind(task) == Kind::make_coffee) {
      morning += hour < 0.26 ? 1 : 0;
      afternoon += hour > 0.49 && hour < 0.76 ? 1 : 0;
    }
    if (plan.kind(task) == Kind::check_mail) {
      EXPECT_LT(hour, 0.51);
    }
    if (plan.kind(task) == Kind::rent_book) ++customers[static_cast<std::size_t>(hour * 4)];
  }
  EXPECT_EQ(morning, 30u);
  EXPECT_EQ(afternoon, 30u);
  for (const int rents : customers) EXPECT_NEAR(rents, 1125, 60);
}

TEST(Plan, EvenAShortDayHasEveryKindAndCoffeeTwice) {
  for (const std::uint32_t tasks : {20u, 40u, 99u}) {
    const Plan plan = plan_of("day", tasks);
    ASSERT_EQ(plan.size(), tasks);
    auto counts = counted(plan);
    EXPECT_EQ(of(counts, Kind::make_coffee), 2u) << tasks;
    EXPECT_EQ(of(counts, Kind::check_mail), 1u) << tasks;
    EXPECT_GE(of(counts, Kind::shelve_books), 1u) << tasks;
    std::vector<std::uint32_t> coffees;
    for (std::uint32_t task = 0; task < tasks; ++task)
      if (plan.kind(task) == Kind::make_coffee) coffees.push_back(task);
    EXPECT_LT(coffees.front(), tasks / 2);
    EXPECT_GE(coffees.back(), tasks / 2);
  }
}

TEST(Plan, KindsAreMixedWithinTheDay) {
  const Plan plan = plan_of("counter", 1000);
  int changes = 0;
  for (std::uint32_t task = 1; task < plan.size(); ++task)
    changes += plan.kind(task) != plan.kind(task - 1) ? 1 : 0;
  EXPECT_GT(changes, 400);  // 500 on average, standard deviation 16
}

TEST(Plan, EveryRentedBookStandsReadyAndEveryReturnedOneWasLent) {
  Parameters parameters;
  parameters.tasks = 5000;
  parameters.titles = 40;
  parameters.shelves = 5;
  parameters.skew = 2;
  for (const Mix& mix : mix_table()) {
    const Plan plan(mix, parameters);
    std::map<TitleId, std::uint32_t> rented, returned;
    for (std::uint32_t task = 0; task < plan.size(); ++task) {
      if (plan.kind(task) == Kind::rent_book) ++rented[plan.subject(task)];
      if (plan.kind(task) == Kind::return_book) ++returned[plan.subject(task)];
    }
    for (const auto& [title, copies] : rented) EXPECT_GE(plan.stock()[title], copies) << mix.name;
    for (const auto& [title, copies] : returned) EXPECT_EQ(plan.lent()[title], copies) << mix.name;
  }
}

// How many of the rentals go to the shelf that most of them go to.
std::uint32_t on_favourite_shelf(double skew) {
  Parameters parameters;
  parameters.tasks = 20'000;
  parameters.skew = skew;
  const Plan plan(find_mix("counter"), parameters);
  std::vector<std::uint32_t> rentals(plan.shelves(), 0);
  for (std::uint32_t task = 0; task < plan.size(); ++task)
    if (plan.kind(task) == Kind::rent_book) ++rentals[plan.shelf_of(plan.subject(task))];
  return *std::ranges::max_element(rentals);
}

TEST(Plan, SkewSendsCustomersToTheSameShelf) {
  // 10,000 rentals on 128 shelves: 78 each without skew; with Zipf's law of exponent 1 the first gets 1 /
  // H(128) = 18.4 %.
  EXPECT_LT(on_favourite_shelf(0), 130u);
  EXPECT_NEAR(on_favourite_shelf(1), 1840, 200);
  EXPECT_GT(on_favourite_shelf(2), 5500u);
}

TEST(Plan, ABatchHasItsSizeAndBelongsToItsNumberOfShelves) {
  Parameters parameters;
  parameters.tasks = 200;
  parameters.batch = 60;
  parameters.batch_shelves = 3;
  const Plan plan(find_mix("shelving"), parameters);
  std::size_t most = 0;
  for (std::uint32_t task = 0; task < plan.size(); ++task) {
    const auto batch = plan.batch(plan.subject(task));
    ASSERT_EQ(batch.size(), 60u);
    std::set<std::uint32_t> shelves;
    for (const TitleId title : batch) shelves.insert(plan.shelf_of(title));
    EXPECT_LE(shelves.size(), 3u);
    most = std::max(most, shelves.size());
  }
  EXPECT_EQ(most, 3u);
}

TEST(Plan, EveryTitleBelongsToTheShelfThatItsNumberFallsInto) {
  for (const auto& [titles, shelves] : {std::pair{4099, 128}, {10, 10}, {5, 128}, {1, 1}, {1000, 7}}) {
    Parameters parameters;
    parameters.tasks = 1;
    parameters.titles = titles;
    parameters.shelves = shelves;
    const Plan plan(find_mix("counter"), parameters);
    ASSERT_EQ(plan.shelves(), static_cast<std::uint32_t>(std::min(titles, shelves)));
    EXPECT_EQ(plan.first_title(0), 0u);
    EXPECT_EQ(plan.first_title(plan.shelves()), static_cast<TitleId>(titles));
    for (std::uint32_t shelf = 0; shelf < plan.shelves(); ++shelf) {
      ASSERT_LT(plan.first_title(shelf), plan.first_title(shelf + 1)) << "an empty shelf";
      for (TitleId title = plan.first_title(shelf); title < plan.first_title(shelf + 1); ++title)
        ASSERT_EQ(plan.shelf_of(title), shelf) << titles << " titles, " << shelves << " shelves";
    }
  }
}

TEST(Plan, RefusesMoreTitlesThanItCanNumber) {
  Parameters parameters;
  parameters.titles = 6e8;
  EXPECT_THROW(Plan(find_mix("day"), parameters), std::invalid_argument);
}

TEST(Mixes, AnUnknownOneIsRefusedWithTheKnownOnes) {
  try {
    find_mix("nonsense");
    FAIL() << "found";
  } catch (const std::invalid_argument& error) {
    const std::string message = error.what();
    for (const char* word : {"nonsense", "shelving", "counter", "errands", "day"})
      EXPECT_NE(message.find(word), std::string::npos) << message;
  }
}

TEST(Mixes, KnowTheirLongestWaitAndTheirSmallestWholePlan) {
  Parameters parameters;
  parameters.wait_scale = 2;
  EXPECT_EQ(longest_wait(find_mix("shelving"), parameters), 0);
  EXPECT_EQ(longest_wait(find_mix("counter"), parameters), 1'000'000);
  EXPECT_EQ(longest_wait(find_mix("errands"), parameters), 10'000'000);
  EXPECT_EQ(longest_wait(find_mix("day"), parameters), 10'000'000);
  EXPECT_EQ(smallest_whole_plan(find_mix("shelving")), 1u);
  EXPECT_EQ(smallest_whole_plan(find_mix("counter")), 2u);
  EXPECT_EQ(smallest_whole_plan(find_mix("errands")), 5u);
  EXPECT_EQ(smallest_whole_plan(find_mix("day")), 500u);
}

}  // namespace
}  // namespace bookstore::workload
