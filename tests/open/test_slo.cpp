#include "bench/open/slo.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include "tests/support/refusal.hpp"

namespace bookstore {
namespace {

using test::expect_one_line_about;
using test::refusal;

TEST(SloText, IsAPercentileAndATime) {
  const std::tuple<const char*, double, double> texts[] = {
      {"p99=5ms", 0.99, 5e6},  {"p50=200us", 0.5, 2e5}, {"p99.9=1.5s", 0.999, 1.5e9},
      {"p1=100ns", 0.01, 100}, {"p0.5=1s", 0.005, 1e9}, {"p99.99=20ms", 0.9999, 2e7},
  };
  for (const auto& [text, percentile, limit] : texts) {
    const Slo slo = parse_slo(text);
    EXPECT_DOUBLE_EQ(slo.percentile, percentile) << text;
    EXPECT_DOUBLE_EQ(slo.limit_ns, limit) << text;
    EXPECT_EQ(slo.text, text);
  }
}

TEST(SloText, SaysOfWhat) {
  const Slo delay = parse_slo("delay_p99=1ms");
  EXPECT_TRUE(delay.delay);
  EXPECT_FALSE(delay.kind);
  EXPECT_DOUBLE_EQ(delay.percentile, 0.99);
  EXPECT_DOUBLE_EQ(delay.limit_ns, 1e6);
  const std::pair<const char*, workload::Kind> kinds[] = {{"rent_p99=5ms", workload::Kind::rent_book},
                                                          {"return_p50=1s", workload::Kind::return_book},
                                                          {"coffee_p90=9ms", workload::Kind::make_coffee},
                                                          {"mail_p99.9=5ms", workload::Kind::check_mail},
                                                          {"shelve_p99=5ms", workload::Kind::shelve_books}};
  for (const auto& [text, kind] : kinds) {
    EXPECT_EQ(parse_slo(text).kind, kind) << text;
    EXPECT_FALSE(parse_slo(text).delay) << text;
  }
  EXPECT_FALSE(parse_slo("p99=5ms").delay);
  EXPECT_FALSE(parse_slo("p99=5ms").kind);
}

TEST(SloOfAKind, IsRefusedWhereThereIsNone) {
  const OpenRow counter = parse_open_row("counter/threads");
  check_slo(parse_slo("rent_p99=5ms"), counter);
  check_slo(parse_slo("delay_p99=5ms"), parse_open_row("null/threads"));
  expect_one_line_about(refusal([&] { check_slo(parse_slo("mail_p99=5ms"), counter); }),
                        "counter has no check_mail", "counter");
  expect_one_line_about(
      refusal([&] { check_slo(parse_slo("rent_p99=5ms"), parse_open_row("null/threads")); }),
      "null has no rent_book", "null");
}

TEST(SloText, IsRefusedInOneLineWithWhatIsWrong) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"", "slo is ''"},
      {"5ms", "slo is '5ms'"},
      {"p99", "slo is 'p99'"},
      {"99=5ms", "slo is '99=5ms'"},
      {"p=5ms", "the percentile of slo is ''"},
      {"pxx=5ms", "the percentile of slo is 'xx'"},
      {"p0=5ms", "the percentile of slo is '0'"},
      {"p-1=5ms", "the percentile of slo is '-1'"},
      {"pnan=5ms", "the percentile of slo is 'nan'"},
      {"pinf=5ms", "the percentile of slo is 'inf'"},
      {"p100=5ms", "percentile must be below 100"},
      {"p101=5ms", "percentile must be below 100"},
      {"p99=", "the limit of slo is ''"},
      {"p99=5", "the limit of slo is '5'"},
      {"p99=ms", "the limit of slo is ''"},
      {"p99=0ms", "the limit of slo is '0'"},
      {"p99=-5ms", "the limit of slo is '-5'"},
      {"p99=infms", "the limit of slo is 'inf'"},
      {"p99=nanms", "the limit of slo is 'nan'"},
      {"p99=5 ms", "the limit of slo is '5 '"},
      {"p99=5m", "the limit of slo is '5m'"},
      {"tea_p99=5ms", "its percentile is of delay, coffee, mail, rent, return, shelve"},
      {"open_p99=5ms", "slo is 'open_p99=5ms'"},
      {"delay_=5ms", "slo is 'delay_=5ms'"},
      {"delay_99=5ms", "slo is 'delay_99=5ms'"},
      {"rent_p99", "slo is 'rent_p99'"},
      {"p99=1e999s", "the limit of slo is '1e999'"},
  };
  for (const auto& [text, culprit] : mistakes)
    expect_one_line_about(refusal([&text = text] { parse_slo(text); }), culprit, text);
}

// A run of which every tenth of a millisecond from 0.1 to 10 ms is as frequent as any other, in an order that
// repeats every hundred tasks.
OpenFigures figures_of(std::uint32_t tasks) {
  OpenFigures figures;
  for (std::uint32_t task = 0; task < tasks; ++task) {
    measure::TaskRecord record;
    record.intended = record.released = record.started = std::int64_t{1'000'000} * task;
    record.finished = record.intended + 100'000 * (task * 37 % 100 + 1);
    record.finishes = 1;
    figures.records.push_back(record);
  }
  figures.window.count = tasks;
  return figures;
}

Trial compared(const OpenFigures& figures, const std::string& slo) {
  return compare_with_slo(figures, parse_slo(slo));
}

TEST(ComparedWithALimit, TheWholeIntervalDecides) {
  const OpenFigures figures = figures_of(10'000);
  // p50 is 5.0 ms: rank 5,000 of 10,000, give or take 102, about a tenth of a millisecond.
  EXPECT_EQ(compared(figures, "p50=6ms"), Trial::pass);
  EXPECT_EQ(compared(figures, "p50=4ms"), Trial::fail);
  EXPECT_EQ(compared(figures, "p50=5ms"), Trial::unclear);
  EXPECT_EQ(compared(figures, "p99=10ms"), Trial::pass) << "nothing is longer";
  EXPECT_EQ(compared(figures, "p99=9.5ms"), Trial::fail);
}

TEST(ComparedWithALimit, OneThatIsMetToTheNanosecondIsHeld) {
  OpenFigures figures = figures_of(1'000);
  for (auto& record : figures.records) record.finished = record.intended + 1'000'000;
  EXPECT_EQ(compared(figures, "p99=1ms"), Trial::pass);
  EXPECT_EQ(compared(figures, "p99=999999ns"), Trial::fail);
}

TEST(ComparedWithALimit, LatencyCountsFromTheIntendedArrival) {
  OpenFigures figures = figures_of(1'000);
  for (auto& record : figures.records) {
    record.released = record.started = record.intended + 3'000'000;
    record.finished = record.started + 1'000;
  }
  EXPECT_EQ(compared(figures, "p99=2ms"), Trial::fail);
  EXPECT_EQ(compared(figures, "p99=4ms"), Trial::pass);
}

TEST(ComparedWithALimit, TheDelayIsWithoutTheAskedWaits) {
  OpenFigures figures = figures_of(1'000);
  for (auto& record : figures.records) {
    record.asked_waits = 5'000'000;
    record.finished = record.intended + 5'800'000;
  }
  EXPECT_EQ(compared(figures, "delay_p99=1ms"), Trial::pass);
  EXPECT_EQ(compared(figures, "delay_p99=0.7ms"), Trial::fail);
  EXPECT_EQ(compared(figures, "p99=1ms"), Trial::fail);
}

TEST(ComparedWithALimit, OfAKindOnlyThatKindCounts) {
  OpenFigures figures = figures_of(4'000);
  for (std::size_t task = 0; task < figures.records.size(); ++task) {
    auto& record = figures.records[task];
    record.kind =
        static_cast<std::uint32_t>(task % 2 == 0 ? workload::Kind::rent_book : workload::Kind::return_book);
    record.finished = record.intended + (task % 2 == 0 ? 3'000'000 : 1'000'000);
  }
  EXPECT_EQ(compared(figures, "rent_p99=2ms"), Trial::fail);
  EXPECT_EQ(compared(figures, "return_p99=2ms"), Trial::pass);
  EXPECT_EQ(compared(figures, "mail_p99=2ms"), Trial::unclear) << "nobody to judge by";
}

TEST(ComparedWithALimit, OnlyTheWindowCounts) {
  OpenFigures figures = figures_of(2'000);
  for (std::size_t task = 0; task < 1'000; ++task)
    figures.records[task].finished = figures.records[task].intended + 1'000'000'000;
  EXPECT_EQ(compared(figures, "p50=20ms"), Trial::unclear);
  figures.window.first = 1'000;
  figures.window.count = 1'000;
  EXPECT_EQ(compared(figures, "p50=20ms"), Trial::pass);
}

TEST(ComparedWithALimit, TooFewTasksDecideNothing) {
  EXPECT_EQ(compared(figures_of(500), "p99=1s"), Trial::unclear);
  EXPECT_EQ(compared(figures_of(500), "p50=1s"), Trial::pass);
}

TEST(ComparedWithALimit, AnOverloadFailsAndAnInvalidRunSaysNothing) {
  OpenFigures figures = figures_of(10'000);
  figures.judgement.validity = measure::Validity::overload;
  EXPECT_EQ(compared(figures, "p99=1s"), Trial::fail);
  figures.judgement.validity = measure::Validity::invalid;
  EXPECT_EQ(compared(figures, "p99=1s"), Trial::unclear);
  EXPECT_EQ(compared(figures, "p99=1ns"), Trial::unclear);
}

}  // namespace
}  // namespace bookstore
