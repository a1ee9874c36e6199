#include "bench/rows/open_row.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/backends/registry.hpp"
#include "tests/support/command.hpp"
#include "tests/support/refusal.hpp"
#include "workloads/bookstore/parameters.hpp"

namespace bookstore {
namespace {

using test::expect_one_line_about;
using test::refusal;

TEST(OpenRowName, ReadsAndPrintsBack) {
  for (const char* name : {
           "counter/sequential/cores:1/workers:1/rate:1000/duration:1",
           "day/threads/cores:2/workers:64/rate:0.5/duration:100",
           "null/event_loop/cores:1/workers:1/rate:100000/duration:0.25",
           "counter/threads/cores:2/workers:4/rate:2000/duration:0.5/arrivals:constant",
           "counter/threads/cores:2/workers:4/rate:2000/duration:0.5/arrivals:bursts",
           "counter/threads/cores:2/workers:4/rate:2000/duration:0.5/arrivals:bursts/burst_period:0.05/"
           "burst_share:0.3/seed:9/cpu_scale:2",
           "day/threads/cores:2/workers:4/fraction:0.7/of:event_loop/duration:1/seed:3",
           "errands/sequential/cores:1/workers:1/trace:times.txt/wait_scale:0.1",
           "day/event_loop/cores:1/workers:1/rate:1000/duration:1/locks:1",
           "counter/threads/cores:2/workers:2/rate:1000/duration:1/pinned:1/door:1",
           "errands/threads/cores:1/workers:1/trace:times.txt/door:1",
           "day/event_loops/cores:2/workers:4/rate:1000/duration:1/desk:3",
           "service/threads/cores:2/workers:2/rate:1000/duration:1/steps:20us+1ms,5us/spread:exponential/"
           "door:1",
       })
    EXPECT_EQ(parse_open_row(name).name(), name);
}

TEST(OpenRowName, LeavesDefaultsOutButForRateAndDuration) {
  EXPECT_EQ(parse_open_row("day/sequential/arrivals:poisson/burst_share:0.2/seed:1").name(),
            "day/sequential/cores:1/workers:1/rate:1000/duration:1");
}

TEST(OpenRowName, HasATraceWithoutItsFolder) {
  OpenRow row = parse_open_row("day/sequential");
  set_open_parameter(row, "trace", "/some/where/times.txt");
  EXPECT_EQ(row.name(), "day/sequential/cores:1/workers:1/trace:times.txt");
  set_open_parameter(row, "trace", "/some/where/\x1b[2Jtimes\xff");
  EXPECT_EQ(row.name(), "day/sequential/cores:1/workers:1/trace:?[2Jtimes?") << "fit for terminals and JSON";
}

TEST(OpenRowParameter, OfTheScheduleTakesEffect) {
  const auto schedule = [](const std::string& part) {
    return parse_open_row("counter/threads/" + part).schedule;
  };
  EXPECT_EQ(schedule("rate:17").rate, 17);
  EXPECT_EQ(schedule("duration:17").duration, 17);
  EXPECT_EQ(schedule("arrivals:poisson").arrivals, Arrivals::poisson);
  EXPECT_EQ(schedule("arrivals:constant").arrivals, Arrivals::constant);
  EXPECT_EQ(schedule("arrivals:bursts").arrivals, Arrivals::bursts);
  EXPECT_EQ(schedule("arrivals:bursts/burst_period:17").burst_period, 17);
  EXPECT_EQ(schedule("arrivals:bursts/burst_share:0.25").burst_share, 0.25);
  EXPECT_EQ(schedule("seed:17").seed, 17u) << "the arrivals have the plan's seed";
  EXPECT_EQ(parse_open_row("counter/threads/seed:17").row.parameters.seed, 17);
  EXPECT_EQ(parse_open_row("counter/threads/trace:17").trace, "17");
  const OpenRow part = parse_open_row("counter/threads/fraction:0.5/of:sequential");
  EXPECT_EQ(part.fraction, 0.5);
  EXPECT_EQ(part.of, "sequential");
}

TEST(OpenRowParameter, DoorIsTheTeams) {
  EXPECT_TRUE(parse_open_row("counter/threads/door:1").team().door);
  EXPECT_FALSE(parse_open_row("counter/threads/door:0").team().door);
  EXPECT_FALSE(parse_open_row("counter/threads").team().door);
  EXPECT_EQ(parse_open_row("counter/threads/workers:3/door:1").team().workers, 3);
  EXPECT_TRUE(parse_open_row("counter/threads/door:1").shop_name().ends_with("/door:1"));
}

TEST(OpenRowParameter, DoorIsRefusedWhereItHasNoMeaning) {
  for (const auto& traits : backend::Registry::traits) {
    const std::string name = "counter/" + std::string(traits.name) + "/door:1";
    if (traits.door) {
      parse_open_row(name);
      continue;
    }
    expect_one_line_about(refusal([&] { parse_open_row(name); }),
                          "door:1 has no meaning for " + std::string(traits.name), name);
  }
  expect_one_line_about(refusal([] { parse_open_row("counter/threads/door:2"); }), "door is '2'", "door");
}

TEST(OpenRowParameter, OfTheWorkloadTakesEffect) {
  for (const auto& info : workload::parameter_table()) {
    if (info.name == "tasks") continue;
    const std::string text = info.name == "skew" || info.maximum < 17 ? "3" : "17";
    const OpenRow row = parse_open_row("counter/sequential/" + std::string(info.name) + ":" + text);
    EXPECT_EQ(row.row.parameters.*(info.member), std::stod(text)) << info.name;
    EXPECT_NE(row.name().find("/" + std::string(info.name) + ":" + text), std::string::npos) << row.name();
  }
  EXPECT_EQ(parse_open_row("counter/threads/workers:3").row.workers, 3);
  EXPECT_EQ(parse_open_row("counter/threads/cores:3").row.cores, 3);
  EXPECT_TRUE(parse_open_row("counter/event_loop/locks:1").row.locks);
}

TEST(OpenRowParameter, OfNoUseIsRefused) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"arrivals:uniform", "arrivals is 'uniform'"},
      {"arrivals:", "arrivals is ''"},
      {"of:nonsense/fraction:0.5", "unknown backend 'nonsense'"},
      {"fraction:0.5", "fraction and of go together"},
      {"of:sequential", "fraction and of go together"},
      {"arrivals:bursts/burst_share:1.5", "burst_share is above 1"},
      {"burst_share:0.5", "burst_period and burst_share go with arrivals:bursts only"},
      {"arrivals:constant/burst_period:2", "burst_period and burst_share go with arrivals:bursts only"},
      {"trace:times/rate:5", "trace has times of its own; leave out rate"},
      {"trace:times/duration:5", "trace has times of its own; leave out rate"},
      {"trace:times/arrivals:constant", "trace has times of its own; leave out rate"},
      {"tasks:100", "tasks has no meaning for an open run"},
      {"tasks:x2", "tasks has no meaning for an open run"},
      {"in_flight:4", "in_flight has no meaning"},
      {"speed:1", "unknown parameter 'speed'"},
      {"rate", "'rate' is not <parameter>:<value>"},
      {"workers:2", "event_loop has one worker; workers is 2"},
      {"workers:0", "workers is '0'"},
  };
  for (const char* workload : {"counter", "null"})
    for (const auto& [part, culprit] : mistakes) {
      const std::string name = std::string(workload) + "/event_loop/" + part;
      expect_one_line_about(refusal([&] { parse_open_row(name); }), culprit, name);
    }
  expect_one_line_about(refusal([] { parse_open_row("nonsense/event_loop"); }), "unknown workload 'nonsense'",
                        "nonsense");
  expect_one_line_about(refusal([] { parse_open_row("null/nonsense"); }), "unknown backend 'nonsense'",
                        "null/nonsense");
  expect_one_line_about(refusal([] { parse_open_row("day/threads/rate:5/fraction:0.5/of:threads"); }),
                        "fraction sets the rate; leave out rate", "rate");
  for (const char* part : {"slow:2", "static:1"})
    expect_one_line_about(refusal([&] { parse_open_row(std::string("day/threads/workers:2/") + part); }),
                          "slow and static have no meaning for an open run", part);
  expect_one_line_about(refusal([] { parse_open_row("null/threads/workers:2/desk:1"); }),
                        "desk has no meaning for null", "null");
  expect_one_line_about(refusal([] { parse_open_row("null/threads/steps:1us"); }),
                        "steps and spread are the shape of service", "null");
  expect_one_line_about(refusal([] { parse_open_row("null/threads/fraction:0.5/of:threads"); }),
                        "fraction has no meaning for null", "null");
}

TEST(OpenRowParameter, ThatMustBePositiveAndFiniteIsRefusedOtherwise) {
  for (const std::string name : {"rate", "duration", "fraction", "burst_period", "burst_share"})
    for (const std::string value :
         {"0", "-1", "-0", "inf", "-inf", "nan", "1e999", "", "fast", "1x", " 1", "0x10", "1,5"}) {
      OpenRow row;
      expect_one_line_about(refusal([&] { set_open_parameter(row, name, value); }),
                            name + " is '" + value + "'", name);
    }
}

std::vector<std::int64_t> arrivals_of(const std::string& parts) {
  return make_arrivals(parse_open_row("counter/sequential/" + parts));
}

TEST(ArrivalsOfARow, AreTheSchedulesThatItNames) {
  const auto constant = arrivals_of("rate:1000/duration:0.01/arrivals:constant");
  ASSERT_EQ(constant.size(), 10u);
  for (std::size_t task = 0; task < constant.size(); ++task)
    EXPECT_EQ(constant[task], static_cast<std::int64_t>(task) * 1'000'000);
  const auto poisson = arrivals_of("rate:1000/duration:1");
  EXPECT_TRUE(std::ranges::is_sorted(poisson));
  EXPECT_EQ(poisson, arrivals_of("rate:1000/duration:1/seed:1"));
  EXPECT_NE(poisson, arrivals_of("rate:1000/duration:1/seed:2"));
  EXPECT_GT(arrivals_of("rate:2000/duration:1").size(), poisson.size());
  EXPECT_GT(arrivals_of("rate:1000/duration:2").size(), poisson.size());
  const auto bursts = arrivals_of("rate:1000/duration:1/arrivals:bursts/burst_period:0.5/burst_share:0.1");
  for (const std::int64_t at : bursts) EXPECT_LE(at % 500'000'000, 50'000'000);
}

TEST(ArrivalsOfARow, ThatCannotBeAreRefused) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"rate:1e15/duration:1000", "lower the rate or the duration"},
      {"rate:1e308/duration:1e6", "lower the rate or the duration"},
      {"rate:1000/duration:1e7", "duration"},
      {"rate:1e-300/duration:1", "gave no arrival"},
      {"arrivals:bursts/burst_period:1e-9", "bursts of"},
  };
  for (const auto& mistake : mistakes)
    expect_one_line_about(refusal([&] { arrivals_of(mistake.first); }), mistake.second, mistake.first);
}

// What the arrivals of a trace with this text are.
std::vector<std::int64_t> traced(const std::string& text) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("times");
  std::ofstream(path) << text;
  OpenRow row = parse_open_row("counter/sequential");
  set_open_parameter(row, "trace", path);
  return make_arrivals(row);
}

TEST(Trace, GivesTheArrivalsOfARow) {
  EXPECT_EQ(traced("0\n0.001\n# lunch\n\n2.5\n"), (std::vector<std::int64_t>{0, 1'000'000, 2'500'000'000}));
}

TEST(Trace, IsReadOnceForAllRowsThatHaveIt) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("times");
  std::ofstream(path) << "0\n0.5\n";
  std::vector<OpenRow> rows(3, parse_open_row("counter/sequential"));
  for (const std::size_t row : {0u, 2u}) set_open_parameter(rows[row], "trace", path);
  read_traces(rows);
  std::filesystem::remove(path);
  EXPECT_EQ(make_arrivals(rows[0]), (std::vector<std::int64_t>{0, 500'000'000}));
  EXPECT_EQ(rows[0].traced, rows[2].traced);
  EXPECT_FALSE(rows[1].traced);
}

TEST(Trace, ThatIsNoneIsRefusedWithItsLine) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"", "no arrival in it"},
      {"# nothing\n\n", "no arrival in it"},
      {"0\n2\n1\n", "times:3: \"1\" is before the arrival above it"},
      {"0\nsoon\n", "times:2: \"soon\" is not a number"},
      {"0\nnan\n", "times:2: \"nan\" is not a number"},
      {"0\ninf\n", "times:2: \"inf\" is not a number"},
      {"-1\n", "times:1: \"-1\""},
      {"0\n1\n2", "times:3: the last line has no newline"},
  };
  for (const auto& mistake : mistakes)
    expect_one_line_about(refusal([&] { traced(mistake.first); }), mistake.second, mistake.first);
  OpenRow row = parse_open_row("counter/sequential");
  set_open_parameter(row, "trace", "/nonexistent/times");
  expect_one_line_about(refusal([&] { make_arrivals(row); }), "/nonexistent/times: cannot be opened",
                        "no file");
}

}  // namespace
}  // namespace bookstore
