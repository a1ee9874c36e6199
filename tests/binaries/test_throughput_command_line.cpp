// A user's mistake ends in one line on stderr that names it, the right exit code, and nothing half-written.
#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "bench/shell/json_text.hpp"
#include "tests/support/command.hpp"

namespace bookstore::of_throughput_command_line {
namespace {

using test::expect_refused;
using test::Outcome;
using test::run_command;

Outcome bench(const std::vector<std::string>& arguments, const std::string& environment = "") {
  return run_command(BOOKSTORE_BENCH_THROUGHPUT, arguments, environment);
}

const std::string tiny_row = "shelving/sequential/cores:1/workers:1/tasks:5";

struct Mistake {
  std::string name;
  std::vector<std::string> arguments;
  std::string culprit;

  friend void PrintTo(const Mistake& mistake, std::ostream* to) { *to << mistake.name; }
};

class MistakeOnTheCommandLine : public testing::TestWithParam<Mistake> {};

TEST_P(MistakeOnTheCommandLine, IsNamedInOneLine) {
  const test::TemporaryFolder folder;
  const std::string result = folder.file("result.json");
  std::vector<std::string> arguments = GetParam().arguments;
  arguments.push_back("--benchmark_out=" + result);
  const Outcome outcome = bench(arguments);
  expect_refused(outcome, GetParam().culprit);
  EXPECT_EQ(outcome.out, "");
  EXPECT_FALSE(std::filesystem::exists(result)) << "left behind";
}

INSTANTIATE_TEST_SUITE_P(
    All, MistakeOnTheCommandLine,
    testing::Values(
        Mistake{"unknown_flag", {"--frobnicate"}, "--frobnicate"},
        Mistake{"unknown_word", {"shelving"}, "'shelving'"},
        Mistake{"unknown_google_flag", {"--benchmark_frobnicate=1"}, "--benchmark_frobnicate"},
        Mistake{"unknown_workload", {"--workloads", "nonsense"}, "unknown workload 'nonsense'; known: "},
        Mistake{"unknown_backend", {"--backends", "nonsense"}, "unknown backend 'nonsense'; known: "},
        Mistake{"no_workers", {"--backends", "threads", "--workers", "0"}, "workers is '0'"},
        Mistake{"fewer_than_no_workers", {"--backends", "threads", "--workers=-1"}, "workers is '-1'"},
        Mistake{"too_many_workers",
                {"--backends", "threads", "--workers", "1000000000"},
                "workers is '1000000000'"},
        Mistake{"workers_of_one_thread",
                {"--backends", "sequential", "--workers", "2"},
                "sequential has one worker"},
        Mistake{"more_cores_than_there_are", {"--cores", "9999"}, "cores is 9999"},
        Mistake{"no_cores", {"--cores", "0"}, "cores is '0'"},
        Mistake{"cores_no_number", {"--cores", "two"}, "cores is 'two'"},
        Mistake{"scale_no_number", {"--cpu-scale", "abc"}, "cpu_scale is 'abc'"},
        Mistake{"scale_not_finite", {"--wait-scale", "nan"}, "wait_scale is 'nan'"},
        Mistake{"scale_below_zero", {"--wait-scale=-1"}, "wait_scale is '-1'"},
        Mistake{"tasks_not_whole", {"--tasks", "1.5"}, "tasks is '1.5'"},
        Mistake{"limit_on_a_blocking_backend", {"--backends", "threads", "--in-flight", "4"}, "in_flight"},
        Mistake{"locks_on_a_pool", {"--backends", "threads", "--locks", "1"}, "locks:1"},
        Mistake{"row_without_a_colon",
                {"--row", "shelving/sequential/tasks"},
                "'tasks' is not <parameter>:<value>"},
        Mistake{"rows_of_several_masks",
                {"--row", "shelving/sequential/cores:1", "--row", "shelving/sequential/cores:2"},
                "one affinity mask"},
        Mistake{"row_and_lists", {"--row", tiny_row, "--backends", "threads"}, "--row"},
        Mistake{"memory_of_two_rows",
                {"--memory", "--workloads", "shelving", "--backends", "sequential,event_loop"},
                "--memory"},
        Mistake{"unknown_format", {"--row", tiny_row, "--benchmark_format=xml"}, "benchmark_format is 'xml'"},
        Mistake{
            "filter_no_expression", {"--row", tiny_row, "--benchmark_filter=("}, "benchmark_filter is '('"},
        Mistake{"filter_matches_nothing",
                {"--row", tiny_row, "--benchmark_filter=nonsense"},
                "--benchmark_filter"},
        Mistake{"budget_no_number", {"--row", tiny_row, "--budget", "soon"}, "budget is 'soon'"}),
    [](const auto& mistake) { return mistake.param.name; });

TEST(UnwritableFile, IsNamedBeforeAnythingRuns) {
  for (const std::string path : {"/nonexistent/result.json", "/"}) {
    expect_refused(bench({"--row", tiny_row, "--benchmark_out=" + path}), "'" + path + "'");
    expect_refused(bench({"--row", tiny_row, "--timeline", path}), "'" + path + "'");
  }
}

TEST(Timeline, IsWrittenWholeOrNotAtAll) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("timeline.json");
  expect_refused(bench({"--workloads", "nonsense", "--timeline", path}), "nonsense");
  EXPECT_FALSE(std::filesystem::exists(path));
#ifdef BOOKSTORE_HAVE_OPENMP
  expect_refused(
      bench({"--row", "shelving/openmp/workers:9/tasks:5", "--timeline", path}, "OMP_THREAD_LIMIT=4 "),
      "openmp: 9 workers");
  EXPECT_FALSE(std::filesystem::exists(path));
#endif
}

TEST(WrongResult, EndsTheProcessWithOne) {
  const Outcome right = bench({"--row", tiny_row, "--benchmark_format=json"});
  ASSERT_EQ(right.exit_code, 0) << right.err;
  const auto at = right.out.find("digest ");
  ASSERT_NE(at, std::string::npos);
  const std::string digest = right.out.substr(at + 7, 16);
  EXPECT_EQ(bench({"--row", tiny_row, "--expect-digest", digest}).exit_code, 0);
  for (const char* format : {"console", "json"})
    expect_refused(bench({"--row", tiny_row, "--expect-digest", "0123456789abcdef",
                          std::string("--benchmark_format=") + format}),
                   digest, 1);
}

TEST(AFailedRow, LeavesAWholeFileThatNamesItAndStartsNoOther) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("rows.json");
  expect_refused(bench({"--row", tiny_row, "--row", "shelving/event_loop/tasks:7", "--expect-digest",
                        "0123456789abcdef", "--benchmark_out=" + path, "--benchmark_out_format=json"}),
                 "wrong result", 1);
  const auto rows = parse_json(test::contents_of(path)).at("benchmarks");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].at("error_occurred"), true);
  EXPECT_NE(rows[0].at("error_message").get<std::string>().find("digest"), std::string::npos);
  EXPECT_EQ(rows[1].at("error_message"), "not run: a row before it failed");
}

#ifdef BOOKSTORE_HAVE_OPENMP
TEST(TooManyWorkers, AreALimitInASweepAndAMistakeOtherwise) {
  const std::string row = "shelving/openmp/workers:9/tasks:5";
  const std::string four_threads = "OMP_THREAD_LIMIT=4 ";
  expect_refused(bench({"--row", row}, four_threads), "openmp: 9 workers, but a team has at most 4");
  const Outcome swept = bench({"--row", row, "--sweep", "--benchmark_format=json"}, four_threads);
  EXPECT_EQ(swept.exit_code, 0) << swept.err;
  EXPECT_NE(swept.out.find("\"limit_reached\": 1.0"), std::string::npos) << swept.out;
}
#endif

}  // namespace
}  // namespace bookstore::of_throughput_command_line
