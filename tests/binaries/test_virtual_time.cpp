// Rows in virtual time by hand: on cores that this machine has not, and what is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/shell/json_text.hpp"
#include "tests/support/command.hpp"

namespace bookstore::of_virtual_time {
namespace {

using test::expect_refused;
using test::Outcome;
using test::run_command;

const std::string throughput = BOOKSTORE_BENCH_THROUGHPUT;
const std::string latency = BOOKSTORE_BENCH_LATENCY;

nlohmann::json row_of(const std::string& binary, const std::vector<std::string>& arguments) {
  std::vector<std::string> all = arguments;
  all.emplace_back("--benchmark_format=json");
  const Outcome outcome = run_command(binary, all);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return parse_json(outcome.out).at("benchmarks").at(0);
}

std::string digest_of(const nlohmann::json& row) { return row.at("label").get<std::string>().substr(7, 16); }

TEST(VirtualTime, PlaysMoreCoresThanThereAreToTheSameDigest) {
  const std::string digest =
      digest_of(row_of(throughput, {"--row", "day/sequential/cores:1/workers:1/tasks:1000/wait_scale:0.01"}));
  for (const std::string as : {"", "/as:event_loops"}) {
    const auto row = row_of(
        throughput, {"--row", "day/simulated/cores:1024/workers:1024/tasks:1000/wait_scale:0.01" + as});
    EXPECT_EQ(digest_of(row), digest) << as;
    EXPECT_EQ(row.at("cores"), 1024);
    EXPECT_EQ(row.at("virtual_time"), 1);
    EXPECT_EQ(row.at("disturbed"), 0);
    EXPECT_EQ(row.at("nominal_costs"), 1);
    EXPECT_NE(row.at("label").get<std::string>().find("nominal costs"), std::string::npos);
  }
}

TEST(VirtualTime, IsTheSameEveryTime) {
  const std::string name = "counter/simulated/cores:8/workers:32/tasks:2000";
  const auto first = row_of(throughput, {"--row", name});
  EXPECT_EQ(row_of(throughput, {"--row", name}).at("real_time"), first.at("real_time"));
  EXPECT_GT(first.at("tasks_per_second"), 70'000);
  const auto time_of = [](const std::string& shop) {
    return row_of(throughput, {"--row", "counter/simulated/" + shop + "/tasks:2000"}).at("real_time");
  };
  EXPECT_LT(time_of("cores:8/workers:64"), first.at("real_time"));
  EXPECT_GT(time_of("cores:1/workers:32"), first.at("real_time"));
}

TEST(VirtualTime, TakesItsCostsFromAFile) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("costs.json");
  std::ofstream(path) << R"({"costs": {"dispatch": 500, "sleep": 0, "idle": 0, "wake_up": 0}})";
  const std::string name = "service/simulated/cores:1/workers:1/tasks:1000/steps:500ns";
  const auto row = row_of(throughput, {"--row", name, "--costs", path});
  EXPECT_NEAR(row.at("time_per_task_us"), 1, 1e-9);
  EXPECT_EQ(row.at("nominal_costs"), 0);
  expect_refused(run_command(throughput, {"--row", "counter/simulated/cores:2/workers:2", "--costs", path}),
                 "miss claim, lock, lock_handover, step/rent/0");
  expect_refused(run_command(throughput, {"--row", "shelving/sequential", "--costs", path}),
                 "is for simulated, and no row is of it");
  std::ofstream(path) << "no JSON";
  expect_refused(run_command(throughput, {"--row", name, "--costs", path}), "give a JSON object");
}

TEST(VirtualTime, HasOpenRunsThatKeepLittlesLaw) {
  for (const std::string as : {"/as:threads", "/as:event_loops"}) {
    const auto row = row_of(
        latency, {"--row", "counter/simulated/cores:16/workers:64" + as + "/rate:100000/duration:0.3"});
    EXPECT_EQ(row.at("valid"), 1) << row.at("label");
    EXPECT_NEAR(row.at("asked_waits_us"), 350, 5);
    EXPECT_GT(row.at("delay_p50_us"), 5) << as;
    EXPECT_EQ(row.at("effective_cores"), 16);
  }
  const auto null = row_of(latency, {"--row", "null/simulated/cores:2/workers:2/rate:1000/duration:0.3"});
  EXPECT_NEAR(null.at("delay_p50_us"), 50, .01);  // wake_up; it was claimed before
}

TEST(VirtualTime, ShowsItsSteps) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("timeline.json");
  const Outcome outcome =
      run_command(throughput, {"--row", "day/simulated/cores:2/workers:4/tasks:50", "--timeline", path});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto spans = parse_json(test::contents_of(path)).at("rows").at(0).at("spans");
  int most = 0;
  for (const auto& span : spans) most = std::max(most, span.at("worker").get<int>());
  EXPECT_EQ(most, 3);
  EXPECT_EQ(spans.at(0).at("end_us"), 2000 + 0.05);  // the shop is opened, once it is dispatched
}

TEST(VirtualTime, EndsAndSaysSo) {
  expect_refused(run_command(throughput, {"--row",
                                          "service/simulated/cores:1/workers:1/as:sequential/"
                                          "steps:1us+60s/wait_scale:1e6/tasks:20000"}),
                 "virtual time ends after 292 years");
}

TEST(VirtualTime, HasNoMeaningWhereTheMachineIsMeasured) {
  expect_refused(run_command(throughput, {"--row", "shelving/simulated/tasks:100", "--drive"}), "--drive");
  expect_refused(run_command(latency, {"--row", "counter/simulated/rate:100/duration:0.1", "--drive"}),
                 "--drive");
  expect_refused(run_command(BOOKSTORE_BENCH_OVERHEAD, {"--row", "grain/simulated/cores:1/workers:1"}),
                 "has no backend 'simulated'");
  const Outcome listed = run_command(throughput, {"--list"});
  EXPECT_EQ(listed.out.find("simulated"), std::string::npos);
}

}  // namespace
}  // namespace bookstore::of_virtual_time
