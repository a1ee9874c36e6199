#include "workloads/bookstore/parameters.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/refusal.hpp"
#include "workloads/bookstore/locks.hpp"
#include "workloads/bookstore/plan.hpp"
#include "workloads/bookstore/shop.hpp"

namespace bookstore::workload {
namespace {

// What a run of the day shows to someone who sees neither the parameters nor the clock.
struct Observation {
  std::vector<std::uint32_t> plan;  // kind and subject of each task
  std::vector<Wait> waits;          // all that the steps asked for
  std::uint64_t digest = 0;

  bool operator==(const Observation&) const = default;
};

Observation observe(const Parameters& parameters) {
  const Plan plan(find_mix("day"), parameters);
  Shop<NoLocks> shop(plan);
  shop.open();
  Observation seen;
  for (std::uint32_t task = 0; task < plan.size(); ++task) {
    seen.plan.push_back(static_cast<std::uint32_t>(plan.kind(task)));
    seen.plan.push_back(plan.subject(task));
    Wait wait = 0;
    for (std::uint32_t step = 0; wait >= 0; ++step) seen.waits.push_back(wait = shop.step(task, step));
  }
  shop.close();
  seen.digest = shop.digest();
  return seen;
}

Parameters a_day() {
  Parameters parameters;
  parameters.tasks = 500;
  return parameters;
}

// Another value that the parameter takes.
double changed(const ParameterInfo& info, double value) {
  return std::min(value * 2 + 1, info.maximum) != value ? std::min(value * 2 + 1, info.maximum)
                                                        : info.minimum;
}

TEST(Parameters, EachOneTakesEffect) {
  const Observation before = observe(a_day());
  ASSERT_TRUE(before == observe(a_day()));
  for (const ParameterInfo& info : parameter_table()) {
    Parameters parameters = a_day();
    parameters.*(info.member) = changed(info, parameters.*(info.member));
    EXPECT_FALSE(before == observe(parameters)) << info.name;
  }
}

TEST(Parameters, CpuSizesAndWaitsTakeEffectWithoutChangingThePlan) {
  const Observation before = observe(a_day());
  for (const char* work :
       {"cpu_scale", "queries", "pages", "beans", "letters", "ledger_lines", "refund_lines"}) {
    Parameters parameters = a_day();
    set_parameter(parameters, work, "9");
    parameters.batch = 64 / parameters.cpu_scale;  // the size of a batch is part of the plan
    const Observation after = observe(parameters);
    EXPECT_EQ(before.waits, after.waits) << work;
    EXPECT_NE(before.digest, after.digest) << work;
  }
  for (const char* wait : {"wait_scale", "brew_us", "mailbox_us", "card_us", "printer_us"}) {
    Parameters parameters = a_day();
    set_parameter(parameters, wait, "9");
    const Observation after = observe(parameters);
    EXPECT_EQ(before.plan, after.plan) << wait;
    EXPECT_NE(before.waits, after.waits) << wait;
    EXPECT_EQ(before.digest, after.digest) << wait << ": the outcome depends on a wait";
  }
}

// The waits that one task of a kind asks for, the last one left out.
std::vector<Wait> waits_of(Kind kind, const Parameters& parameters) {
  const Plan plan(find_mix("day"), parameters);
  Shop<NoLocks> shop(plan);
  shop.open();
  std::uint32_t task = 0;
  while (plan.kind(task) != kind) ++task;
  std::vector<Wait> waits;
  for (Wait wait = shop.step(task, 0); wait >= 0;
       wait = shop.step(task, static_cast<std::uint32_t>(waits.size())))
    waits.push_back(wait);
  return waits;
}

TEST(Parameters, WaitsAreThoseOfTheTableOfTasksTimesTheScale) {
  Parameters parameters = a_day();
  for (const double scale : {1.0, 0.5, 0.0, 3.0}) {
    parameters.wait_scale = scale;
    const auto ns = [&](double us) { return std::vector<Wait>{static_cast<Wait>(us * 1000 * scale)}; };
    EXPECT_EQ(waits_of(Kind::make_coffee, parameters), ns(5000));
    EXPECT_EQ(waits_of(Kind::check_mail, parameters), ns(2000));
    EXPECT_EQ(waits_of(Kind::rent_book, parameters), ns(500));
    EXPECT_EQ(waits_of(Kind::return_book, parameters), ns(200));
    EXPECT_EQ(waits_of(Kind::shelve_books, parameters), std::vector<Wait>{});
  }
}

TEST(Parameters, ScaledSizesAreWholeAndAtLeastOne) {
  Parameters parameters;
  parameters.cpu_scale = 0;
  EXPECT_EQ(scaled_units(parameters, 220), 1u);
  parameters.cpu_scale = 0.5;
  EXPECT_EQ(scaled_units(parameters, 220), 110u);
  EXPECT_EQ(scaled_units(parameters, 3), 2u);
  parameters.cpu_scale = 1e6;
  EXPECT_EQ(scaled_units(parameters, 1e6), 4'000'000'000u);
}

TEST(SetParameter, SetsWhatItNamesAndNothingElse) {
  for (const ParameterInfo& info : parameter_table()) {
    Parameters parameters;
    const double value = changed(info, parameters.*(info.member));
    set_parameter(parameters, info.name, parameter_text(value));
    for (const ParameterInfo& other : parameter_table())
      EXPECT_EQ(parameters.*(other.member), info.name == other.name ? value : Parameters{}.*(other.member))
          << info.name << " sets " << other.name;
  }
}

std::string refusal(const std::string& name, const std::string& text) {
  Parameters parameters;
  return test::refusal([&] { set_parameter(parameters, name, text); });
}

TEST(SetParameter, RefusesWhatIsNoNumberInItsRangeInOneLineThatNamesIt) {
  for (const ParameterInfo& info : parameter_table()) {
    std::vector<std::string> bad{"",   "abc", "nan",  "inf",   "-inf", "1x",
                                 " 1", "1 ",  "0x10", "1e400", "-1",   "1e300"};
    if (info.whole) bad.emplace_back("1.5");
    for (const std::string& text : bad) {
      const std::string message = refusal(std::string(info.name), text);
      EXPECT_TRUE(message.starts_with(std::string(info.name) + " is '" + text + "'; give a ")) << message;
      EXPECT_EQ(message.find('\n'), std::string::npos);
    }
  }
}

TEST(SetParameter, TakesTheEndsOfTheRange) {
  for (const ParameterInfo& info : parameter_table()) {
    EXPECT_EQ(refusal(std::string(info.name), parameter_text(info.minimum)), "taken") << info.name;
    EXPECT_EQ(refusal(std::string(info.name), parameter_text(info.maximum)), "taken") << info.name;
  }
}

TEST(SetParameter, AnUnknownNameIsRefusedWithTheKnownOnes) {
  const std::string message = refusal("speed", "1");
  EXPECT_NE(message.find("unknown parameter 'speed'"), std::string::npos) << message;
  for (const ParameterInfo& info : parameter_table())
    EXPECT_NE(message.find(std::string(info.name)), std::string::npos) << info.name;
}

TEST(ParameterText, IsShortAndReadsBackAsTheSameValue) {
  EXPECT_EQ(parameter_text(1), "1");
  EXPECT_EQ(parameter_text(0.1), "0.1");
  EXPECT_EQ(parameter_text(100'000), "100000");
  EXPECT_EQ(parameter_text(2e9), "2000000000");
  for (const double value : {0.0, 1.0 / 3, 1e-9, 123456.75, 9007199254740991.0, 1e6})
    EXPECT_EQ(std::stod(parameter_text(value)), value);
}

}  // namespace
}  // namespace bookstore::workload
