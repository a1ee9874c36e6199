// Every binary refuses what it would ignore, and no figure is lost without a word.
#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "bench/shell/exit_code.hpp"
#include "bench/shell/json_text.hpp"
#include "tests/support/build.hpp"
#include "tests/support/command.hpp"

namespace bookstore::of_modes {
namespace {

using test::expect_refused;
using test::Outcome;

const std::string throughput = BOOKSTORE_BENCH_THROUGHPUT;
const std::string latency = BOOKSTORE_BENCH_LATENCY;
const std::string overhead = BOOKSTORE_BENCH_OVERHEAD;

// A row that takes no time, by binary.
std::string tiny_row(const std::string& binary) {
  if (binary == throughput) return "shelving/sequential/cores:1/workers:1/tasks:5";
  if (binary == latency) return "null/sequential/cores:1/rate:500/duration:0.02";
  return "grain/sequential/cores:1/tasks:5";
}

struct Ignored {
  std::string name;
  std::string binary;
  std::vector<std::string> arguments;
  std::string message;

  friend void PrintTo(const Ignored& ignored, std::ostream* to) { *to << ignored.name; }
};

class OptionsThatWouldBeIgnored : public testing::TestWithParam<Ignored> {};

TEST_P(OptionsThatWouldBeIgnored, AreRefused) {
  const Outcome outcome = test::run_command(GetParam().binary, GetParam().arguments);
  expect_refused(outcome, GetParam().message);
  EXPECT_EQ(outcome.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    All, OptionsThatWouldBeIgnored,
    testing::Values(
        Ignored{"ideal_and_a_row", throughput, {"--ideal", "--row", tiny_row(throughput)}, "leave out --row"},
        Ignored{"ideal_and_tasks", throughput, {"--ideal", "--tasks", "5"}, "leave out --tasks"},
        Ignored{"ideal_and_speed", throughput, {"--ideal", "--cpu-speed", "2"}, "leave out --cpu-speed"},
        Ignored{"ideal_and_list", throughput, {"--ideal", "--list"}, "give one of them"},
        Ignored{"list_and_a_file", throughput, {"--list", "--benchmark_out=x"}, "leave out --benchmark_out"},
        Ignored{"list_and_patience", throughput, {"--list", "--patience", "5"}, "leave out --patience"},
        Ignored{"list_and_budget", throughput, {"--list", "--budget", "5"}, "leave out --budget"},
        Ignored{
            "describe_and_a_row", throughput, {"--describe", "--workloads", "day"}, "leave out --workloads"},
        Ignored{"timeline_and_memory", throughput, {"--timeline", "/x/y", "--memory"}, "leave out --memory"},
        Ignored{
            "drive_and_known", throughput, {"--drive", "--known", "x"}, "only answers; leave out --known"},
        // Whoever asks has the patience: the gate ends a process that does not answer.
        Ignored{"drive_and_patience", throughput, {"--drive", "--patience", "5"}, "leave out --patience"},
        Ignored{"drive_and_sweep", throughput, {"--drive", "--sweep"}, "leave out --sweep"},
        Ignored{"slowdown_of_a_row", throughput, {"--plant-slowdown", "1"}, "goes with --drive only; add it"},
        Ignored{"counting_a_row", throughput, {"--instructions", "5"}, "goes with --drive only; add it"},
        Ignored{"theory_and_rates", latency, {"--check-theory", "--rates", "5"}, "leave out --rates"},
        Ignored{"theory_and_budget", latency, {"--check-theory", "--budget", "5"}, "leave out --budget"},
        Ignored{"resolution_of_nothing", latency, {"--resolution", "2"}, "goes with --slo only; add it"},
        Ignored{"slo_and_curves", latency, {"--slo", "p99=5ms", "--hgrm", "/"}, "leave out --hgrm"},
        Ignored{"slo_and_list", latency, {"--slo", "p99=5ms", "--list"}, "give one of them"},
        Ignored{"trace_and_rates", latency, {"--trace", "/dev/null", "--rates", "5"}, "leave out rate"},
        Ignored{"drive_and_json",
                latency,
                {"--drive", "--benchmark_format=json"},
                "leave out --benchmark_format"},
        Ignored{"describe_and_budget", overhead, {"--describe", "--budget", "5"}, "leave out --budget"},
        Ignored{"list_and_sweep", overhead, {"--list", "--sweep"}, "leave out --sweep"},
        Ignored{"slowdown_of_grain", overhead, {"--plant-slowdown", "1"}, "goes with --drive only; add it"},
        Ignored{"drive_and_budget", overhead, {"--drive", "--budget", "5"}, "leave out --budget"}),
    [](const auto& ignored) { return ignored.param.name; });

class EveryBinary : public testing::TestWithParam<std::string> {};

TEST_P(EveryBinary, SaysThatTheStandardOutputLostFigures) {
  for (const char* format : {"console", "json", "csv"}) {
    const Outcome outcome =
        test::run_command("/bin/sh", {"-c", "exec \"$0\" \"$@\" >/dev/full", GetParam(), "--row",
                                      tiny_row(GetParam()), std::string("--benchmark_format=") + format});
    EXPECT_EQ(outcome.exit_code, 2) << format;
    EXPECT_NE(outcome.err.find("the standard output did not take all of it; is the disk full?\n"),
              std::string::npos)
        << outcome.err;
  }
  for (const char* option : {"--list", "--help"})
    expect_refused(test::run_command("/bin/sh", {"-c", "exec \"$0\" \"$@\" >/dev/full", GetParam(), option}),
                   "the standard output did not take all of it");
}

TEST_P(EveryBinary, SaysThatItsFileLostFigures) {
  for (const char* format : {"console", "json", "csv"}) {
    const Outcome outcome =
        test::run_command(GetParam(), {"--row", tiny_row(GetParam()), "--benchmark_out=/dev/full",
                                       std::string("--benchmark_out_format=") + format});
    EXPECT_EQ(outcome.exit_code, 2) << format;
    EXPECT_NE(outcome.err.find("cannot write '/dev/full' whole; is the disk full?\n"), std::string::npos)
        << outcome.err;
  }
}

TEST_P(EveryBinary, WritesItsFileInTheFormatThatIsAskedFor) {
  const test::TemporaryFolder folder;
  const auto written = [&](const std::string& format) {
    const std::string path = folder.file("rows");
    const Outcome outcome = test::run_command(
        GetParam(),
        {"--row", tiny_row(GetParam()), "--benchmark_out=" + path, "--benchmark_out_format=" + format});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return test::contents_of(path);
  };
  EXPECT_EQ(parse_json(written("json")).at("benchmarks").size(), 1u);
  EXPECT_NE(written("csv").find("name,iterations,real_time"), std::string::npos);
  EXPECT_NE(written("console").find("Iterations"), std::string::npos);
}

TEST_P(EveryBinary, RunsAtLeastOneRepetition) {
  const std::vector<std::string> row{"--row", tiny_row(GetParam())};
  for (const std::string repetitions : {"0", "-1", "many", ""}) {
    auto arguments = row;
    arguments.push_back("--benchmark_repetitions=" + repetitions);
    expect_refused(test::run_command(GetParam(), arguments),
                   "benchmark_repetitions is '" + repetitions + "'; give a whole number from 1");
  }
  expect_refused(test::run_command(GetParam(), row, "BENCHMARK_REPETITIONS=0 "),
                 "benchmark_repetitions is '0'");
}

// A row whose waits alone take longer than the patience, by binary.
std::string long_row(const std::string& binary) {
  if (binary == throughput) return "errands/sequential/cores:1/workers:1/tasks:500";
  if (binary == latency) return "null/sequential/cores:1/workers:1/rate:500/duration:5";
  return "idle/sequential/cores:1/workers:1";
}

TEST_P(EveryBinary, EndsARowThatTakesLongerThanItsPatience) {
  if (test::thread_sanitizer) GTEST_SKIP() << "ThreadSanitizer keeps the signal back";
  const Outcome outcome =
      test::run_command(GetParam(), {"--row", long_row(GetParam()), "--patience", "0.05"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.error_lines(), 1) << outcome.err;
  const std::string begin =
      std::filesystem::path(GetParam()).filename().string() + ": " + long_row(GetParam()) + " hangs: ";
  EXPECT_TRUE(outcome.err.starts_with(begin)) << outcome.err;
  for (const char* patience : {"0", "-1", "soon", "1e300"})
    expect_refused(test::run_command(GetParam(), {"--row", tiny_row(GetParam()), "--patience", patience}),
                   "patience is '" + std::string(patience) + "'");
}

// What is no measured row has its patience, too.
TEST(ATimeline, EndsARowThatTakesLongerThanThePatience) {
  if (test::thread_sanitizer) GTEST_SKIP() << "ThreadSanitizer keeps the signal back";
  const test::TemporaryFolder folder;
  const std::string path = folder.file("timeline.json");
  const std::string row = long_row(throughput);
  expect_refused(test::run_command(throughput, {"--row", row, "--timeline", path, "--patience", "0.4"}),
                 row + " hangs: not ended after 0.4 s; worker 0 ", exit_wrong_result);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ACheckOfTheory, EndsACaseThatTakesLongerThanThePatience) {
  if (test::thread_sanitizer) GTEST_SKIP() << "ThreadSanitizer keeps the signal back";
  expect_refused(test::run_command(latency, {"--check-theory", "--cores", "1", "--patience", "1"}),
                 "theory/threads/cores:1/workers:1/rho:0.5 hangs: not ended after 1 s; worker 0 ",
                 exit_wrong_result);
}

INSTANTIATE_TEST_SUITE_P(All, EveryBinary, testing::Values(throughput, latency, overhead),
                         [](const auto& binary) {
                           return std::filesystem::path(binary.param).filename().string();
                         });

}  // namespace
}  // namespace bookstore::of_modes
