#include "bench/measure/statistics/validity.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace bookstore::measure {
namespace {

// 10,000 tasks at 1,000/s, 9,000 of them in the window; each stays 5 ms, so that 5 are in flight on average.
OpenRun quiet() {
  OpenRun run;
  run.tasks = run.finished_once = 10'000;
  run.steal = .01;
  run.scheduled = run.released = 9000;
  run.backlog_begin = 4;
  run.backlog_end = 6;
  run.rate = 1000;
  run.mean_stay = .005;
  run.in_flight = 5;
  return run;
}

void expect_only(const OpenRun& run, Validity validity, const std::string& reason) {
  const auto judgement = judge(run);
  EXPECT_EQ(judgement.validity, validity) << to_string(judgement.validity);
  ASSERT_EQ(judgement.reasons.size(), 1U);
  EXPECT_NE(judgement.reasons[0].find(reason), std::string::npos) << judgement.reasons[0];
  EXPECT_EQ(judgement.reasons[0].find('\n'), std::string::npos);
}

TEST(Validity, QuietRunIsValid) {
  const auto judgement = judge(quiet());
  EXPECT_EQ(judgement.validity, Validity::valid);
  EXPECT_TRUE(judgement.reasons.empty());
}

TEST(Validity, LostOrRepeatedTaskIsInvalid) {
  auto run = quiet();
  run.finished_once = 9999;
  expect_only(run, Validity::invalid, "9999 of 10000 tasks");
}

TEST(Validity, AnExhaustedQuotaIsInvalid) {
  auto run = quiet();
  run.throttled_periods = 7;
  expect_only(run, Validity::invalid, "CPU quota kept threads from running in 7 periods");
}

TEST(Validity, NoTaskIsInvalid) { EXPECT_EQ(judge(OpenRun{}).validity, Validity::invalid); }

TEST(Validity, ShortWarmUpIsInvalid) {
  auto run = quiet();
  run.warm_up_complete = false;
  expect_only(run, Validity::invalid, "too short");
}

TEST(Validity, ArrivalsWithinOnePercent) {
  auto run = quiet();
  for (const std::uint64_t kept : {8910U, 9090U}) {
    run.released = kept;
    EXPECT_EQ(judge(run).validity, Validity::valid) << kept;
  }
  for (const std::uint64_t off : {8909U, 9091U}) {
    run.released = off;
    expect_only(run, Validity::invalid, "9000 scheduled");
  }
}

TEST(Validity, StealUpToTwoPercent) {
  auto run = quiet();
  run.steal = .02;
  EXPECT_EQ(judge(run).validity, Validity::valid);
  run.steal = .031;
  expect_only(run, Validity::invalid, "3.1 %");
  run.steal = std::nan("");
  EXPECT_EQ(judge(run).validity, Validity::invalid);
}

TEST(Validity, LittlesLawWithinFivePercent) {
  auto run = quiet();
  for (const double kept : {4.76, 5.24}) {
    run.in_flight = kept;
    EXPECT_EQ(judge(run).validity, Validity::valid) << kept;
  }
  for (const double off : {4.74, 5.26}) {
    run.in_flight = off;
    expect_only(run, Validity::invalid, "in flight");
  }
  run.in_flight = std::nan("");
  EXPECT_EQ(judge(run).validity, Validity::invalid);
}

TEST(Validity, LittlesLawAllowsForTheSamplesOwnNoise) {
  auto run = quiet();
  run.in_flight = 5.5;
  run.in_flight_error = .17;
  EXPECT_EQ(judge(run).validity, Validity::valid);
  run.in_flight_error = .16;
  EXPECT_EQ(judge(run).validity, Validity::invalid);
}

TEST(Validity, BacklogLimitIsTheLargerOfShareAndChance) {
  EXPECT_DOUBLE_EQ(backlog_growth_limit(10'000), 300);        // 3 sqrt(n)
  EXPECT_DOUBLE_EQ(backlog_growth_limit(1'000'000), 10'000);  // 1 %
}

TEST(Validity, GrowingBacklogIsOverload) {
  auto run = quiet();
  run.scheduled = run.released = 10'000;
  run.backlog_begin = 100;
  run.backlog_end = 400;
  EXPECT_EQ(judge(run).validity, Validity::valid);
  run.backlog_end = 401;
  expect_only(run, Validity::overload, "from 100 to 401");
}

TEST(Validity, ShrinkingBacklogIsNone) {
  auto run = quiet();
  run.backlog_begin = 5000;
  EXPECT_EQ(judge(run).validity, Validity::valid);
}

// No steady state: neither Little's law nor a punctual door nor an end of the warm-up can be asked for.
TEST(Validity, OverloadExplainsItsSymptoms) {
  auto run = quiet();
  run.backlog_end = 5000;
  run.released = 6000;
  run.in_flight = 2500;
  run.warm_up_complete = false;
  const auto judgement = judge(run);
  EXPECT_EQ(judgement.validity, Validity::overload);
  EXPECT_EQ(judgement.reasons.size(), 4U);
}

TEST(Validity, OverloadExcusesNeitherLostTasksNorSteal) {
  auto overloaded = quiet();
  overloaded.backlog_end = 5000;
  ASSERT_EQ(judge(overloaded).validity, Validity::overload);
  auto lost = overloaded;
  lost.finished_once = 1;
  EXPECT_EQ(judge(lost).validity, Validity::invalid);
  auto stolen = overloaded;
  stolen.steal = .5;
  EXPECT_EQ(judge(stolen).validity, Validity::invalid);
}

TEST(Validity, AnEarlyEndIsAnOverloadHoweverTheBacklogStands) {
  auto run = quiet();
  run.ended_early = true;
  run.sent_away = 500;
  run.finished_once = 9'500;
  expect_only(run, Validity::overload, "ended after 10000 arrivals, 500 of which stood before the door");
  run.finished_once = 9'499;
  EXPECT_EQ(judge(run).validity, Validity::invalid) << "one was lost";
}

TEST(Validity, InstrumentAboveAFifth) {
  EXPECT_FALSE(instrument_bound(1000, 200));
  EXPECT_TRUE(instrument_bound(1000, 201));
  EXPECT_FALSE(instrument_bound(0, 0));
}

TEST(Validity, Names) {
  EXPECT_STREQ(to_string(Validity::valid), "VALID");
  EXPECT_STREQ(to_string(Validity::overload), "OVERLOAD");
  EXPECT_STREQ(to_string(Validity::invalid), "INVALID");
}

}  // namespace
}  // namespace bookstore::measure
