// bench_overhead as a user runs it: what it prints, and how it refuses.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "bench/backends/registry.hpp"
#include "bench/shell/json_text.hpp"
#include "tests/support/build.hpp"
#include "tests/support/command.hpp"

namespace bookstore::of_overhead_command_line {
namespace {

using nlohmann::json;
using test::expect_refused;
using test::Outcome;

Outcome bench(const std::vector<std::string>& arguments, const std::string& environment = "") {
  return test::run_command(BOOKSTORE_BENCH_OVERHEAD, arguments, environment);
}

json row_of(const std::string& name, std::vector<std::string> arguments = {},
            const std::string& environment = "") {
  arguments.insert(arguments.begin(), {"--row", name, "--benchmark_format=json"});
  const Outcome outcome = bench(arguments, environment);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return parse_json(outcome.out).at("benchmarks").at(0);
}

TEST(OverheadRows, OfGrainHaveTheirParamsAndFiguresAsCounters) {
  for (const auto& traits : backend::Registry::traits) {
    const json row =
        row_of("grain/" + std::string(traits.name) + "/cores:1/workers:1/work_ns:50/tasks:999/chunk:5");
    EXPECT_EQ(row.at("tasks"), 999) << traits.name;
    EXPECT_EQ(row.at("work_ns"), 50);
    EXPECT_EQ(row.at("chunk"), 5);
    EXPECT_EQ(row.at("cores"), 1);
    EXPECT_EQ(row.at("workers"), 1);
    EXPECT_EQ(row.at("limit_reached"), 0);
    EXPECT_EQ(row.at("align"), 64);
    for (const char* counter : {"ns_per_task", "cpu_ns_per_task", "direct_ns_per_task"})
      EXPECT_GT(row.at(counter), 0) << counter;
    EXPECT_TRUE(row.contains("overhead_ns_per_task"));
    EXPECT_TRUE(row.contains("steal_fraction"));
  }
}

TEST(OverheadRows, OfGrainTakeLongerWithMoreWork) {
  const double none = row_of("grain/sequential/cores:1/tasks:50").at("direct_ns_per_task");
  const double much = row_of("grain/sequential/cores:1/tasks:50/work_ns:1000000").at("direct_ns_per_task");
  EXPECT_GT(much, 50 * none);  // a million times as much was asked for
}

TEST(OverheadRows, OfStocktakeCountForksAndBooks) {
  const json ten = row_of("stocktake/threads/cores:1/workers:1/leaves:1000");
  EXPECT_EQ(ten.at("forks"), 1110);
  const json two = row_of("stocktake/threads/cores:1/workers:1/leaves:1000/fanout:2/cutoff:2");
  EXPECT_EQ(two.at("forks"), 1998);
  EXPECT_EQ(two.at("books"), ten.at("books"));
  EXPECT_EQ(two.at("cutoff"), 2);
  EXPECT_NE(row_of("stocktake/threads/cores:1/leaves:999").at("books"), ten.at("books"));
}

TEST(OverheadRows, OfTheSeamHaveBothSides) {
  for (const char* name : {"seam_grain/threads/cores:1/workers:1/rounds:3",
                           "seam_stocktake/threads/cores:1/workers:1/rounds:2/leaves:100"}) {
    const json row = row_of(name);
    for (const char* counter : {"seam_ns", "raw_ns", "ratio", "limit_ns"})
      EXPECT_GT(row.at(counter), 0) << counter;
    EXPECT_TRUE(row.contains("difference_ns"));
  }
}

// The least that a row of such parameters can take, in the unit of real_time, shows that they took effect.
TEST(OverheadRows, OfHandingOverTakeAGapForEachTask) {
  for (const auto& traits : backend::Registry::traits) {
    const std::string name = "handover/" + std::string(traits.name);
    const std::string workers = traits.single_threaded ? "" : "/workers:2";
    const json outside = row_of(name + workers + "/tasks:30/gap_us:500");
    const json inside = row_of(name + workers + "/tasks:20/gap_us:700/from:1");
    EXPECT_GE(outside.at("real_time"), 15) << traits.name;
    EXPECT_GE(inside.at("real_time"), 14);
    EXPECT_EQ(outside.at("from"), 0);
    EXPECT_EQ(inside.at("from"), 1);
    EXPECT_EQ(outside.at("apart_fraction"), traits.single_threaded ? 0 : 1);
    for (const json& row : {outside, inside}) {
      EXPECT_GT(row.at("start_p50_us"), 0);
      EXPECT_GE(row.at("start_p99_us"), row.at("start_p50_us"));
      EXPECT_GE(row.at("switches_per_task"), 0);
    }
    EXPECT_LE(inside.at("same_cpu_fraction"), inside.at("apart_fraction"));
  }
}

TEST(OverheadRows, OfAForkWithOneWorkerAreStartedByWhoForks) {
  for (const auto& traits : backend::Registry::traits) {
    const json row = row_of("handover/" + std::string(traits.name) + "/workers:1/tasks:5/from:1");
    // Threads share forks out from outside.
    EXPECT_EQ(row.at("apart_fraction"), traits.own_threads ? 1 : 0) << traits.name;
  }
}

TEST(OverheadRows, OfWaitsHaveAllTasksWaitAtOnce) {
  for (const auto& traits : backend::Registry::traits) {
    if (traits.name == backend::Sequential::traits.name) continue;  // whose tasks wait one by one
    const bool overlapped = traits.waits == backend::Waits::overlapped;
    const std::string workers = traits.single_threaded ? "1" : overlapped ? "2" : "100";
    const json row =
        row_of("waiting/" + std::string(traits.name) + "/workers:" + workers + "/tasks:100/span_ms:200");
    EXPECT_EQ(row.at("tasks"), 100) << traits.name;
    EXPECT_EQ(row.at("most_waiting"), 100) << traits.name;
  }
}

TEST(OverheadRows, OfWaysToWaitThatNoBackendUsesAreMeasuredOrRefusedInOneLine) {
  if (test::has_backend("tbb")) {
    const json row = row_of("waiting/raw_tbb_suspend/workers:2/tasks:500/span_ms:200");
    EXPECT_EQ(row.at("most_waiting"), 500);
    EXPECT_GT(row.at("bytes_per_waiting_task"), 2000) << "a page of stack each";
    expect_refused(bench({"--row", "waiting/raw_tbb_suspend/workers:2/tasks:4096"}),
                   "lets 4095 tasks wait and go on; tasks is 4096");
  }
  if (test::has_backend("openmp")) {
    const std::string name = "waiting/raw_openmp_detach/workers:2/tasks:500/span_ms:200";
#ifdef __clang__
    EXPECT_EQ(row_of(name).at("most_waiting"), 500);
#else
    expect_refused(bench({"--row", name}), "raw_openmp_detach cannot be measured here");
#endif
  }
}

TEST(OverheadRows, OfColdStartsBeginWithOneThreadAndSayWhenTheOthersAreMade) {
  for (const auto& traits : backend::Registry::traits) {
    const int workers = traits.single_threaded ? 1 : 2;
    const json row = row_of("cold_start/" + std::string(traits.name) + "/workers:" + std::to_string(workers) +
                            "/tasks:10/gap_us:2000");
    EXPECT_EQ(row.at("threads_at_start"), 1) << traits.name;
    const double made =
        row.at("threads_made").get<double>() + row.at("threads_made_by_first_task").get<double>();
    if (traits.single_threaded)
      EXPECT_EQ(made, 0) << traits.name;
    else if (traits.new_threads)  // which have ended by then, but may still be listed
      EXPECT_LE(made, workers) << traits.name;
    else
      EXPECT_GE(made, 1) << traits.name;
    for (const char* counter : {"construct_us", "first_task_us", "steady_task_us"})
      EXPECT_GT(row.at(counter), 0) << counter;
    EXPECT_GE(row.at("real_time"), 22) << "a gap before each, the first too";
  }
}

TEST(OverheadRows, OfIdlePoolsWatchTwiceWithAPauseBetween) {
  for (const auto& traits : backend::Registry::traits) {
    const json row = row_of("idle/" + std::string(traits.name) + "/watch_ms:30/pause_ms:50");
    EXPECT_GE(row.at("real_time"), 110) << traits.name;
    for (const char* counter : {"idle_cpu_after_ms", "idle_cpu_later_ms"})
      EXPECT_GE(row.at(counter), 0) << counter;
  }
}

TEST(OverheadRows, OfBurstsStandIdleBeforeEach) {
  for (const auto& traits : backend::Registry::traits) {
    const std::string name = "burst/" + std::string(traits.name) + "/workers:1/idle_ms:20/bursts:3";
    const json row = row_of(name + "/tasks:10/work_ns:1000000");
    EXPECT_GE(row.at("real_time"), 60) << traits.name;
    EXPECT_EQ(row.at("workers_used"), 1);
    EXPECT_GE(row.at("first_start_us"), 0);
    // Ten times a millisecond of work, and a tenth of that is more than the first task's.
    EXPECT_GT(row.at("last_finish_us"), row.at("first_start_us").get<double>() + 5000);
    EXPECT_EQ(row_of(name + "/tasks:1").at("tasks"), 1);
  }
}

TEST(OverheadRows, OfGapsLieBetweenBurstsOnEveryBackend) {
  for (const auto& traits : backend::Registry::traits) {
    const std::string name = "gaps/" + std::string(traits.name) + "/workers:1/bursts:5/tasks:10";
    const json nothing = row_of(name + "/gap_us:20000/serial:0/work_ns:100000");
    EXPECT_GE(nothing.at("real_time"), 100) << traits.name;
    EXPECT_GT(nothing.at("burst_us"), 500) << "ten times a tenth of a millisecond of work";
    EXPECT_GE(nothing.at("burnt_us_per_gap"), 0) << traits.name;
    EXPECT_GT(row_of(name + "/gap_us:1000").at("real_time"), 1) << "work of five milliseconds at full speed";
  }
}

TEST(OverheadRows, OfAnActiveTeamRunUnderThatPolicy) {
  if (!test::has_backend("openmp")) GTEST_SKIP() << "built without OpenMP";
  const auto policy = [](const std::vector<std::string>& rows) {
    std::vector<std::string> arguments;
    for (const std::string& row : rows) arguments.insert(arguments.end(), {"--row", row});
    arguments.push_back("--benchmark_format=json");
    const auto variables =
        parse_json(bench(arguments).out).at("context").at("runtime_variables").get<std::string>();
    const auto at = variables.find("OMP_WAIT_POLICY=");
    return at == std::string::npos ? "" : variables.substr(at, variables.find_first_of("; ", at) - at);
  };
  EXPECT_EQ(policy({"gaps/openmp/workers:2/bursts:2/active:1", "idle/openmp/watch_ms:1/pause_ms:0/active:1"}),
            "OMP_WAIT_POLICY=active");
  EXPECT_EQ(policy({"gaps/openmp/workers:2/bursts:2"}), "OMP_WAIT_POLICY=passive");
  expect_refused(bench({"--row", "gaps/openmp/active:1", "--row", "gaps/openmp"}),
                 "rows with active:1 need a process without others");
}

TEST(OverheadRows, OfContentionHaveTheirFiguresOnEveryBackend) {
  for (const auto& traits : backend::Registry::traits) {
    const json row = row_of("contention/" + std::string(traits.name) + "/cores:1/workers:1/tasks:20");
    for (const char* counter :
         {"tasks_per_second", "time_per_task_us", "cpu_us_per_task", "work_us_per_task", "cpu_over_work"})
      EXPECT_GT(row.at(counter), 0) << traits.name << " " << counter;
    EXPECT_EQ(row.at("tasks"), 20) << traits.name;
    EXPECT_EQ(row.at("effective_workers"), 1) << traits.name;
    EXPECT_EQ(row.at("locks_per_task").get<double>() > 0, !traits.single_threaded) << traits.name;
    EXPECT_EQ(row.at("too_short"), 1) << traits.name;
  }
}

TEST(OverheadRows, OfContentionCrowdOneShelfTheMoreTheSkewAsks) {
  const auto hottest = [](const std::string& params) {
    return row_of("contention/threads/cores:1/tasks:500/" + params).at("hottest_fraction").get<double>();
  };
  for (const std::string workload : {"workload:0/", "workload:1/"}) {
    EXPECT_LT(hottest(workload + "skew:0"), 0.05);
    EXPECT_GT(hottest(workload + "skew:1.5"), 0.2);
    EXPECT_GT(hottest(workload + "skew:10"), 0.9);
  }
}

TEST(OverheadRows, OfContentionDoTheWorkloadThatTheyName) {
  const auto locks = [](const std::string& workload) {
    return row_of("contention/threads/cores:1/tasks:100/workload:" + workload).at("locks_per_task");
  };
  EXPECT_EQ(locks("1"), 1);    // a customer wants one book
  EXPECT_GT(locks("0"), 1.5);  // a batch belongs to two shelves, seldom to the same one twice
}

TEST(OverheadRows, OfContentionWorkLongerAtALargerScale) {
  const auto work = [](const std::string& scale) {
    return row_of("contention/event_loop/cores:1/tasks:100/cpu_scale:" + scale)
        .at("work_us_per_task")
        .get<double>();
  };
  EXPECT_GT(work("20"), 10 * work("0.05"));  // 400 times as much was asked for
}

TEST(OverheadRows, OfContentionTakeLocksAloneOnlyWhenAsked) {
  const std::string row = "contention/sequential/cores:1/tasks:300/cpu_scale:0.05";
  EXPECT_EQ(row_of(row).at("locks_per_task"), 0);
  const json locked = row_of(row + "/locks:1");
  EXPECT_GT(locked.at("locks_per_task"), 0);
  EXPECT_EQ(locked.at("found_held_fraction"), 0);
  EXPECT_TRUE(locked.contains("lock_ns"));
}

TEST(OverheadCommandLine, ListsRowsThatItTakesAndDescribesThem) {
  const Outcome listed = bench({"--list", "--cores", "1", "--experiments", "grain", "--backends", "threads"});
  EXPECT_EQ(listed.out, "grain/threads/cores:1/workers:1\ngrain/threads/cores:1/workers:1/work_ns:1000\n");
  const json described = parse_json(bench({"--describe"}).out);
  EXPECT_GE(described.at("experiments").size(), 4u);
  EXPECT_EQ(described.at("experiments").at(0).at("name"), "grain");
  EXPECT_EQ(described.at("experiments").at(0).at("params").at(0).at("name"), "work_ns");
}

TEST(OverheadCommandLine, NamesAMistakeInOneLineAndWritesNothing) {
  const test::TemporaryFolder folder;
  const std::string out = folder.file("result.json");
  const std::pair<std::vector<std::string>, const char*> mistakes[] = {
      {{"--row", "grain/nonsense"}, "row 'grain/nonsense': 'grain' has no backend 'nonsense'"},
      {{"--row", "grain/threads/chunk:0"}, "chunk is '0'"},
      {{"--row", "contention/threads/locks:1"}, "locks:1 has no meaning for threads, which always locks"},
      {{"--row", "contention/threads/workload:2"}, "workload is '2'"},
      {{"--row", "grain/threads/cores:1", "--cores", "2"}, "one affinity mask"},
      {{"--row", "grain/threads", "--experiments", "grain"}, "--row names a row whole"},
      {{"--experiments", "nonsense"}, "unknown experiment 'nonsense'"},
      {{"--backends", "nonsense"}, "no row has such"},
      {{"--cores", "0"}, "cores is '0'"},
      {{"--cores", "16384"}, "cores is 16384, but this process may use"},
      {{"--budget", "-1"}, "budget is '-1'"},
      {{"--frobnicate"}, "--frobnicate"},
  };
  for (auto [arguments, culprit] : mistakes) {
    arguments.push_back("--benchmark_out=" + out);
    expect_refused(bench(arguments), culprit);
    EXPECT_FALSE(std::filesystem::exists(out)) << culprit;
  }
}

TEST(OverheadLimits, MoreThreadsThanTheSystemGivesAreOneLineOrInASweepAMarkedRow) {
  for (const auto& traits : backend::Registry::traits) {
    if (traits.single_threaded) continue;
    const std::string row = "grain/" + std::string(traits.name) + "/workers:5000/tasks:10";
    const std::string limit = "prlimit --nproc=4000 ";
    expect_refused(bench({"--row", row}, limit), "5000 workers, but this machine allows at most");
    EXPECT_EQ(row_of(row, {"--sweep"}, limit).at("limit_reached"), 1) << traits.name;
    expect_refused(bench({"--row", "grain/" + std::string(traits.name) + "/workers:1000000/tasks:10"}),
                   "1000000 workers, but this machine allows at most");
  }
}

TEST(OverheadLimits, OfThreadsHoldForEveryExperimentOnPools) {
  for (const char* experiment : {"handover", "cold_start", "idle", "burst", "gaps"})
    for (const auto& traits : backend::Registry::traits) {
      if (traits.single_threaded) continue;
      const std::string row = std::string(experiment) + "/" + std::string(traits.name) + "/workers:5000";
      const std::string limit = "prlimit --nproc=4000 ";
      expect_refused(bench({"--row", row}, limit), "5000 workers, but this machine allows at most");
      EXPECT_EQ(row_of(row, {"--sweep"}, limit).at("limit_reached"), 1) << row;
    }
}

TEST(OverheadLimits, ABudgetThatIsSpentSkipsTheRow) {
  const json row = row_of("grain/sequential", {"--budget", "0.001"});
  EXPECT_EQ(row.at("error_occurred"), true);
}

}  // namespace
}  // namespace bookstore::of_overhead_command_line
