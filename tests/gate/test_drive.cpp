// --drive of the three binaries: the protocol over standard input and output, and what it
// refuses.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "bench/shell/json_text.hpp"
#include "tests/support/command.hpp"

namespace bookstore {
namespace {

using nlohmann::json;
using test::expect_refused;
using test::Outcome;

// The binary with these lines on its standard input.
Outcome drive(const std::vector<std::string>& arguments, const std::string& input,
              const std::string& binary = BOOKSTORE_BENCH_THROUGHPUT) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("input");
  std::ofstream(path) << input;
  std::vector<std::string> all = {"-c", "input=$1; binary=$2; shift 2; exec \"$binary\" \"$@\" < \"$input\"",
                                  "sh", path, binary};
  all.insert(all.end(), arguments.begin(), arguments.end());
  for (std::string& argument : all)
    for (std::size_t at = 0; (at = argument.find('\'', at)) != std::string::npos; at += 4)
      argument.replace(at, 1, "'\\''");
  return test::run_command("/bin/sh", all);
}

Outcome drive_open(const std::vector<std::string>& arguments, const std::string& input) {
  return drive(arguments, input, BOOKSTORE_BENCH_LATENCY);
}

std::vector<json> answers(const Outcome& outcome) {
  std::vector<json> found;
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) found.push_back(parse_json(line));
  return found;
}

const std::vector<std::string> small_row = {"--drive", "--row",
                                            "shelving/sequential/cores:1/workers:1/tasks:50"};

TEST(Drive, SaysWhenItIsReadyAndAnswersEveryRequest) {
  const Outcome outcome = drive(small_row, "run\nrun\nquit\nrun\n");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto lines = answers(outcome);
  ASSERT_EQ(lines.size(), 3u) << outcome.out;
  EXPECT_EQ(lines[0].at("ready"), true);
  EXPECT_EQ(lines[0].at("row"), "shelving/sequential/cores:1/workers:1/tasks:50");
  EXPECT_EQ(lines[0].at("digest").get<std::string>().size(), 16u);
  for (const std::size_t batch : {1u, 2u}) {
    const double tasks = lines[batch].at("tasks");
    EXPECT_EQ(tasks, 50 * lines[batch].at("runs").get<double>());
    EXPECT_GE(tasks * lines[batch].at("ns_per_task").get<double>(), 5e6 * (1 - 1e-9))
        << "a batch times at least 5 ms";
  }
}

TEST(Drive, EndsWellWhenItsInputEnds) {
  const Outcome outcome = drive(small_row, "run\n");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(answers(outcome).size(), 2u);
}

TEST(Drive, ServesEveryBackendWithOneDigestPerPlan) {
  std::string digest;
  const Outcome listed =
      drive({"--list", "--workloads", "day", "--workers", "1", "--cores", "1", "--tasks", "1000"}, "");
  std::istringstream rows(listed.out);
  int served = 0;
  for (std::string row; std::getline(rows, row); ++served) {
    const Outcome outcome = drive({"--drive", "--row", row, "--wait-scale", "0.01"}, "run\n");
    ASSERT_EQ(outcome.exit_code, 0) << row << ": " << outcome.err;
    const std::string found = answers(outcome).front().at("digest");
    EXPECT_EQ(found, digest.empty() ? found : digest) << row;
    digest = found;
  }
  EXPECT_GE(served, 3);
}

TEST(Drive, ChoosesASmallPlanUnlessTasksAreGiven) {
  const auto tasks = [](const std::string& row) {
    return answers(drive({"--drive", "--row", row}, "")).at(0).at("tasks").get<int>();
  };
  EXPECT_EQ(tasks("shelving/sequential/tasks:77"), 77);
  EXPECT_GT(tasks("shelving/sequential"), 100);
  EXPECT_LT(tasks("shelving/sequential"), 2000);
}

TEST(Drive, RefusesWhatItDoesNotKnow) {
  const Outcome unknown = drive(small_row, "run\nwalk\nrun\n");
  expect_refused(unknown, "'walk'");
  EXPECT_EQ(answers(unknown).size(), 2u);
  expect_refused(drive({"--drive", "--workloads", "shelving"}, ""), "--drive serves one row");
  expect_refused(drive({"--row", small_row.back(), "--plant-slowdown", "0.05"}, ""), "--drive");
  expect_refused(drive({"--row", small_row.back(), "--instructions", "2"}, ""), "--drive");
  for (const std::string value : {"-0.1", "nan", "fast", "11"}) {
    auto arguments = small_row;
    arguments.push_back("--plant-slowdown=" + value);
    expect_refused(drive(arguments, ""), "plant_slowdown is '" + value + "'");
  }
  expect_refused(drive({"--drive", "--row", "shelving/threads/tasks:5", "--instructions", "2"}, ""),
                 "threads");
}

TEST(Drive, EndsWithOneAtAWrongDigest) {
  const Outcome right = drive(small_row, "");
  const std::string digest = answers(right).at(0).at("digest");
  auto arguments = small_row;
  arguments.insert(arguments.end(), {"--expect-digest", digest});
  EXPECT_EQ(drive(arguments, "run\n").exit_code, 0);
  arguments.back() = "0123456789abcdef";
  const Outcome wrong = drive(arguments, "run\n");
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_EQ(wrong.error_lines(), 1) << wrong.err;
  EXPECT_TRUE(answers(wrong).empty()) << "figures of a wrong result";
}

const std::string open_row = "counter/event_loop/cores:1/workers:1/rate:2000/duration:0.02";
const std::vector<std::string> small_open_row = {"--drive", "--row", open_row};

TEST(DriveOpen, AnswersEachRequestWithTheLatencyOfOneRunOfOneSchedule) {
  const Outcome outcome = drive_open(small_open_row, "run\nrun\nquit\nrun\n");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto lines = answers(outcome);
  ASSERT_EQ(lines.size(), 3u) << outcome.out;
  EXPECT_EQ(lines[0].at("ready"), true);
  EXPECT_EQ(lines[0].at("row"), open_row);
  EXPECT_EQ(lines[0].at("digest").get<std::string>().size(), 16u);
  for (const std::size_t batch : {1u, 2u}) {
    EXPECT_EQ(lines[batch].at("runs"), 1);
    EXPECT_EQ(lines[batch].at("tasks"), lines[0].at("tasks")) << "the schedule is the same every time";
    // Half of the customers wait 200 us for the printer, the others 500 us for the card terminal.
    EXPECT_GE(lines[batch].at("latency_p50_ns").get<double>(), 200e3);
    EXPECT_GE(lines[batch].at("latency_p99_ns").get<double>(), 500e3);
  }
}

TEST(DriveOpen, ServesEveryBackendWithOneDigestPerPlan) {
  std::string digest;
  const Outcome listed =
      drive_open({"--list", "--workloads", "day", "--workers", "1", "--cores", "1", "--rates", "2000"}, "");
  std::istringstream rows(listed.out);
  int served = 0;
  for (std::string row; std::getline(rows, row); ++served) {
    const Outcome outcome =
        drive_open({"--drive", "--row", row, "--wait-scale", "0.01", "--duration", "0.05"}, "run\n");
    ASSERT_EQ(outcome.exit_code, 0) << row << ": " << outcome.err;
    const std::string found = answers(outcome).front().at("digest");
    EXPECT_EQ(found, digest.empty() ? found : digest) << row;
    digest = found;
  }
  EXPECT_GE(served, 3);
}

TEST(DriveOpen, ChoosesAShortScheduleUnlessADurationIsGiven) {
  const auto ready = [](const std::string& row) {
    return answers(drive_open({"--drive", "--row", row}, "")).at(0);
  };
  const std::string shop = "counter/event_loop/cores:1/workers:1/rate:4000";
  EXPECT_EQ(ready(shop).at("row"), shop + "/duration:0.025");
  EXPECT_NEAR(ready(shop).at("tasks").get<double>(), 100, 40);
  EXPECT_EQ(ready(shop + "/duration:0.05").at("row"), shop + "/duration:0.05");
}

TEST(DriveOpen, PlantedSlowdownsLengthenTheWaitsThatMakeUpALatency) {
  // Waits of 5 ms and no less: planted 100 % makes the least latency 10 ms on any machine.
  const std::vector<std::string> row = {"--drive",
                                        "--row",
                                        "counter/event_loop/cores:1/workers:1/rate:500/duration:0.02",
                                        "--card-us",
                                        "5000",
                                        "--printer-us",
                                        "5000",
                                        "--plant-slowdown",
                                        "1"};
  const auto lines = answers(drive_open(row, "run\n"));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_GE(lines[1].at("latency_p50_ns").get<double>(), 10e6);
}

TEST(DriveOpen, RefusesWhatItDoesNotKnow) {
  const Outcome unknown = drive_open(small_open_row, "run\nwalk\nrun\n");
  expect_refused(unknown, "'walk'");
  EXPECT_EQ(answers(unknown).size(), 2u);
  const auto refuse = [](const std::vector<std::string>& arguments, const std::string& culprit) {
    const Outcome outcome = drive_open(arguments, "run\n");
    expect_refused(outcome, culprit);
    EXPECT_EQ(outcome.out, "") << culprit;
  };
  refuse({"--drive", "--workloads", "counter"}, "--drive serves one row");
  refuse({"--row", open_row, "--plant-slowdown", "0.05"}, "--plant-slowdown goes with --drive");
  refuse({"--drive", "--row", "null/event_loop/rate:2000"}, "null");
  refuse({"--drive", "--row", "counter/event_loop/fraction:0.5/of:event_loop"}, "fraction");
  const test::TemporaryFolder folder;
  const std::string trace = folder.file("trace");
  std::ofstream(trace) << "0.001\n";
  refuse({"--drive", "--row", "counter/event_loop/rate:2000", "--trace", trace}, "trace");
  for (const auto& [option, value] :
       {std::pair{"--slo", "p99=5ms"}, {"--hgrm", "/tmp"}, {"--series", "/tmp/series"}, {"--budget", "5"}}) {
    auto arguments = small_open_row;
    arguments.insert(arguments.end(), {option, value});
    refuse(arguments, option);
  }
  for (const std::string value : {"-0.1", "nan", "fast", "11"}) {
    auto arguments = small_open_row;
    arguments.push_back("--plant-slowdown=" + value);
    refuse(arguments, "plant_slowdown is '" + value + "'");
  }
  refuse({"--drive", "--row", "counter/event_loop/rate:2000", "--instructions", "2"}, "--instructions");
}

// What bench_overhead answers.
Outcome drive_overhead(const std::string& row, const std::string& input, const std::string& planted = "0") {
  return drive({"--drive", "--row", row, "--plant-slowdown", planted}, input, BOOKSTORE_BENCH_OVERHEAD);
}

TEST(DriveOverhead, RepeatsGrainAndStocktakeWithOneDigestPerPlan) {
  for (const std::string experiment : {"grain", "stocktake"}) {
    std::string digest;
    for (const char* backend : {"sequential", "threads", "event_loop", "raw_threads"}) {
      const std::string size = experiment == "grain" ? "/tasks:50" : "/leaves:100";
      const Outcome outcome =
          drive_overhead(experiment + "/" + backend + "/cores:1/workers:1" + size, "run\nquit\n");
      ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
      const auto lines = answers(outcome);
      ASSERT_EQ(lines.size(), 2u) << outcome.out;
      EXPECT_EQ(lines[0].at("row"), experiment + "/" + backend + "/cores:1/workers:1" + size);
      EXPECT_EQ(lines[1].at("tasks"), lines[0].at("tasks").get<int>() * lines[1].at("runs").get<int>());
      EXPECT_GE(lines[1].at("tasks").get<double>() * lines[1].at("ns_per_task").get<double>(),
                5e6 * (1 - 1e-9));
      EXPECT_EQ(lines[0].at("digest"), digest.empty() ? lines[0].at("digest").get<std::string>() : digest);
      digest = lines[0].at("digest");
    }
  }
}

TEST(DriveOverhead, ChoosesTheSamePlanInEveryProcess) {
  EXPECT_EQ(answers(drive_overhead("grain/sequential", "")).at(0).at("tasks"), 20'000);
  EXPECT_EQ(answers(drive_overhead("grain/sequential/chunk:8", "")).at(0).at("tasks"), 20'000);
}

TEST(DriveOverhead, RefusesWhatTwoProcessesWouldNotRunAlike) {
  expect_refused(drive_overhead("grain/sequential/work_ns:100", "run\n"), "work_ns is calibrated by each");
  expect_refused(drive_overhead("handover/sequential", "run\n"), "give a row of grain or stocktake");
  expect_refused(drive({"--drive", "--experiments", "grain"}, "", BOOKSTORE_BENCH_OVERHEAD),
                 "--drive serves one row");
  expect_refused(drive_overhead("grain/sequential", "", "11"), "plant_slowdown is '11'");
  const Outcome unknown = drive_overhead("grain/sequential/tasks:50", "walk\n");
  expect_refused(unknown, "'walk'");
}

}  // namespace
}  // namespace bookstore
