// bench_latency as its users meet it: exit codes, counters and files.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "bench/backends/registry.hpp"
#include "bench/shell/json_text.hpp"
#include "tests/support/latency_binary.hpp"

namespace bookstore::of_latency_command_line {
namespace {

using test::bench;
using test::counter;
using test::expect_refused;
using test::Outcome;
using test::tiny_row;
using test::with;

// The rows of a process that ended well.
nlohmann::json rows_of(const std::vector<std::string>& arguments) {
  const Outcome outcome = bench(with(arguments, {"--benchmark_format=json"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto parsed = parse_json(outcome.out);
  EXPECT_FALSE(parsed.is_discarded()) << outcome.out;
  return parsed.is_discarded() ? nlohmann::json::array() : parsed.at("benchmarks");
}

void expect_counters(const nlohmann::json& row, const std::vector<std::string>& names) {
  for (const std::string& name : names) EXPECT_TRUE(row.contains(name)) << row.at("name") << ": " << name;
}

TEST(TinyRun, HasEveryFigureUnderEveryBackend) {
  for (const auto& traits : backend::Registry::traits) {
    const auto rows = rows_of({"--row", "counter/" + std::string(traits.name) +
                                            "/cores:1/rate:500/duration:0.1/arrivals:constant"});
    ASSERT_EQ(rows.size(), 1u) << traits.name;
    const auto& row = rows[0];
    for (const std::string percentile : {"p50", "p90", "p99", "p999"})
      expect_counters(row, {"delay_" + percentile + "_us", "delay_" + percentile + "_low_us",
                            "delay_" + percentile + "_high_us", "delay_" + percentile + "_instrument",
                            "delay_" + percentile + "_few"});
    for (const std::string percentile : {"p50", "p99", "p999"})
      expect_counters(row, {"latency_" + percentile + "_us", "latency_" + percentile + "_lower_us",
                            "latency_" + percentile + "_upper_us", "latency_" + percentile + "_instrument",
                            "latency_" + percentile + "_n_eff"});
    expect_counters(row, {"delay_samples",
                          "delay_effective_samples",
                          "delay_p50_effective_samples",
                          "delay_p90_effective_samples",
                          "delay_p999_effective_samples",
                          "delay_max_us",
                          "delay_mean_us",
                          "late_at_door_us",
                          "queued_us",
                          "in_steps_beyond_us",
                          "after_waits_us",
                          "work_us",
                          "latency_mean_us",
                          "latency_max_us",
                          "asked_waits_us",
                          "latency_rent_p50_us",
                          "latency_rent_p99_us",
                          "delay_rent_p50_us",
                          "delay_rent_p99_us",
                          "latency_return_p50_us",
                          "latency_return_p99_us",
                          "wait_late_p50_us",
                          "wait_late_p99_us",
                          "cpu_us_per_task",
                          "door_cpu_us_per_task",
                          "sampler_cpu_us_per_task",
                          "voluntary_switches",
                          "involuntary_switches",
                          "steal_fraction",
                          "floor_clock_ns",
                          "floor_recording_ns",
                          "floor_wake_up_p50_us",
                          "floor_wake_up_p99_us",
                          "floor_wake_up_max_us",
                          "hiccup_before_us",
                          "hiccup_after_us",
                          "valid",
                          "overload",
                          "window_tasks",
                          "backlog_begin",
                          "backlog_end",
                          "overload_ended_early",
                          "arrivals_seen",
                          "sent_away",
                          "fewer_workers",
                          "door",
                          "in_flight_sampled",
                          "sampled_outside",
                          "in_flight_by_little",
                          "effective_cores",
                          "effective_workers",
                          "rate",
                          "duration",
                          "label"});
    EXPECT_EQ(row.at("tasks"), 50);
    EXPECT_EQ(row.at("finished_once"), 50);
    EXPECT_EQ(row.at("arrivals_seen"), 50);
    EXPECT_EQ(row.at("delay_samples"), row.at("window_tasks"));
    EXPECT_EQ(row.at("sent_away"), 0);
    EXPECT_EQ(row.at("overload_ended_early"), 0);
    EXPECT_EQ(row.at("door"), traits.submitter ? 1 : 0);
    EXPECT_EQ(row.at("fewer_workers"), 0);
    EXPECT_EQ(row.at("rate"), 500);
    EXPECT_EQ(row.at("arrivals_constant"), 1);
    EXPECT_EQ(row.at("effective_workers"), 1);
    EXPECT_EQ(row.at("digest_ok"), 1);
    EXPECT_LE(row.at("record_bytes_per_task"), 64);
    // Fifty tasks are few for p99: shown all the same, and marked.
    EXPECT_EQ(row.at("delay_p99_few"), 1);
    EXPECT_EQ(row.at("delay_p999_few"), 1);
    EXPECT_FALSE(row.contains("latency_mail_p50_us")) << "nobody checks the mail at the counter";
    double parts = 0;
    for (const char* part :
         {"late_at_door_us", "queued_us", "in_steps_beyond_us", "after_waits_us", "work_us"}) {
      EXPECT_GE(row.at(part), 0) << part;
      parts += row.at(part).get<double>();
    }
    const double mean = row.at("delay_mean_us");
    EXPECT_NEAR(parts, mean, 1e-6 * mean);
    EXPECT_NEAR(row.at("latency_mean_us").get<double>(), mean + row.at("asked_waits_us").get<double>(),
                1e-6 * mean);
    EXPECT_EQ(row.at("door_cpu_us_per_task") > 0, traits.submitter) << traits.name;
  }
}

// One worker that waits with each customer, and ten times as many as it can wait with.
TEST(ARunThatIsEndedEarly, IsAnOverloadAndClaimsNoDelayOfNobody) {
  const auto rows = rows_of({"--row", "counter/threads/cores:1/workers:1/rate:30000/duration:0.8"});
  ASSERT_EQ(rows.size(), 1u);
  const auto& row = rows[0];
  EXPECT_EQ(row.at("overload_ended_early"), 1);
  EXPECT_EQ(row.at("valid"), 0);
  EXPECT_GT(row.at("sent_away"), 0);
  EXPECT_EQ(row.at("finished_once").get<double>() + row.at("sent_away").get<double>(),
            row.at("arrivals_seen"));
  EXPECT_NE(row.at("label").get<std::string>().find("ended after"), std::string::npos);
  for (const char* figure : {"delay_p50_us", "delay_mean_us", "late_at_door_us", "latency_mean_us"})
    EXPECT_EQ(row.contains(figure), row.contains("delay_samples")) << figure;
}

TEST(TinyRun, OfChoresHasTheirMedianAndMaximum) {
  const auto rows = rows_of({"--row", "errands/event_loop/cores:1/rate:500/duration:0.1"});
  ASSERT_EQ(rows.size(), 1u);
  expect_counters(rows[0], {"latency_coffee_p50_us", "latency_coffee_max_us", "latency_mail_p50_us",
                            "latency_mail_max_us"});
  EXPECT_GE(rows[0].at("latency_coffee_max_us"), rows[0].at("latency_coffee_p50_us"));
  EXPECT_GE(rows[0].at("latency_coffee_p50_us"), 5'000) << "the brew";
  EXPECT_FALSE(rows[0].contains("latency_coffee_p99_us"));
  EXPECT_FALSE(rows[0].contains("latency_rent_p50_us"));
}

TEST(TinyRun, TakesWhatItNeedsFromATrace) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("times.txt")) << "0\n0.001\n0.01\n";
  const auto rows = rows_of({"--cores", "1", "--workloads", "null", "--backends", "event_loop,threads",
                             "--trace", folder.file("times.txt")});
  ASSERT_EQ(rows.size(), 2u);
  for (const auto& row : rows) {
    EXPECT_EQ(row.at("tasks"), 3);
    EXPECT_EQ(row.at("finished_once"), 3);
    EXPECT_EQ(row.at("arrivals_trace"), 1);
  }
}

// A trace that a program writes: what is read from a pipe is gone.
TEST(TinyRun, TakesATraceFromAPipe) {
  const test::TemporaryFolder folder;
  const std::string pipe = folder.file("times");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&pipe] { std::ofstream(pipe) << "0\n0.001\n0.01\n"; });
  const auto rows = rows_of(with(counter, {"--cores", "1", "--trace", pipe}));
  writer.join();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].at("tasks"), 3);
}

TEST(SideFiles, HoldTheTasksOfTheRun) {
  const test::TemporaryFolder folder;
  const std::string hgrm = folder.file("latency");
  std::filesystem::create_directory(hgrm);
  const auto rows = rows_of({"--row", tiny_row, "--hgrm", hgrm, "--series", folder.file("series.json")});
  ASSERT_EQ(rows.size(), 1u);

  const std::string name = "counter/sequential/cores:1/workers:1/rate:500/duration:0.1/arrivals:constant";
  const std::string file = "counter_sequential_cores=1_workers=1_rate=500_duration=0.1_arrivals=constant";
  const std::string text = test::contents_of(hgrm + "/" + file + ".hgrm");
  EXPECT_TRUE(text.starts_with("       Value     Percentile TotalCount 1/(1-Percentile)\n\n")) << text;
  const auto number_after = [&text](const std::string& label) {
    const auto at = text.find(label);
    return at == std::string::npos ? -1 : std::stod(text.substr(at + label.size()));
  };
  EXPECT_EQ(number_after("Total count    ="), rows[0].at("delay_samples")) << text;
  EXPECT_NEAR(number_after("#[Max     ="), rows[0].at("delay_max_us").get<double>(), 0.001);

  const auto series = parse_json(test::contents_of(folder.file("series.json"))).at("rows");
  ASSERT_EQ(series.size(), 1u);
  EXPECT_EQ(series[0].at("name"), name);
  double arrivals = 0;
  for (const double each : series[0].at("arrivals")) arrivals += each;
  EXPECT_EQ(arrivals, 50);
  EXPECT_EQ(series[0].at("in_flight").back(), 0);
  EXPECT_EQ(series[0].at("in_flight").size(), series[0].at("arrivals").size());
  EXPECT_EQ(series[0].at("delay_bin_us"), 10'000);
  const auto& medians = series[0].at("delay_p50_us");
  const auto& maxima = series[0].at("delay_max_us");
  ASSERT_EQ(medians.size(), 10u) << "a tenth of a second";
  ASSERT_EQ(maxima.size(), medians.size());
  for (std::size_t bin = 0; bin < medians.size(); ++bin) {
    EXPECT_GT(medians[bin], 0);
    EXPECT_GE(maxima[bin], medians[bin]);
  }
}

// A search far beyond what one worker that waits can hold; how it comes out is the machine's affair.
TEST(CapacitySearchOfTheBinary, ReportsBothBoundsAndWhetherTheyWereConfirmed) {
  const auto rows = rows_of({"--row", "counter/sequential/cores:1/rate:20000/duration:0.005/pages:2", "--slo",
                             "p50=1s", "--resolution", "2"});
  ASSERT_EQ(rows.size(), 1u);
  const auto& row = rows[0];
  EXPECT_TRUE(row.at("name").get<std::string>().starts_with(
      "capacity/counter/sequential/cores:1/workers:1/pages:2/slo:p50=1s"))
      << row.at("name");
  expect_counters(row, {"passing_per_second", "failing_per_second", "passing_confirmed", "failing_confirmed",
                        "ended_by_budget", "unclear_rates"});
  EXPECT_EQ(row.at("slo_of_delay"), 0);
  EXPECT_EQ(row.at("slo_percentile"), 0.5);
  EXPECT_EQ(row.at("slo_limit_us"), 1e6);
  EXPECT_GE(row.at("runs"), 1);
}

TEST(CapacitySearchOfTheBinary, SaysOfWhatTheLimitIs) {
  const std::string row = "counter/sequential/cores:1/rate:20000/duration:0.005/pages:2";
  const auto of_delay = rows_of({"--row", row, "--slo", "delay_p50=1s", "--resolution", "4"});
  ASSERT_EQ(of_delay.size(), 1u);
  EXPECT_EQ(of_delay[0].at("slo_of_delay"), 1);
  EXPECT_FALSE(of_delay[0].contains("slo_of_rent"));
  const auto of_rent = rows_of({"--row", row, "--slo", "rent_p50=1s", "--resolution", "4"});
  ASSERT_EQ(of_rent.size(), 1u);
  EXPECT_EQ(of_rent[0].at("slo_of_delay"), 0);
  EXPECT_EQ(of_rent[0].at("slo_of_rent"), 1);
}

TEST(ADoor, IsAThreadOfItsOwnUnderThreads) {
  const std::string row = "counter/threads/cores:1/workers:2/rate:500/duration:0.1/arrivals:constant";
  const auto rows = rows_of({"--row", row, "--row", row + "/door:1"});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].at("door"), 0);
  EXPECT_EQ(rows[0].at("door_cpu_us_per_task"), 0);
  EXPECT_EQ(rows[1].at("door"), 1);
  EXPECT_GT(rows[1].at("door_cpu_us_per_task"), 0);
  EXPECT_EQ(rows[1].at("finished_once"), 50);
  EXPECT_NE(rows[1].at("name").get<std::string>().find("/door:1"), std::string::npos);
  EXPECT_EQ(rows_of({"--row", row, "--door", "1"})[0].at("door"), 1);
}

TEST(Budget, LeavesOutWhatWouldPassIt) {
  for (const std::vector<std::string>& slo : {std::vector<std::string>{}, {"--slo", "p50=1s"}}) {
    const auto rows = rows_of(with({"--row", tiny_row, "--budget", "0.0001"}, slo));
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].at("error_occurred"), true);
    EXPECT_FALSE(rows[0].contains("valid"));
  }
}

TEST(List, PrintsTheRowsAndRunsNothing) {
  const Outcome outcome = bench({"--list", "--cores", "1", "--workloads", "counter,null", "--backends",
                                 "event_loop", "--rates", "10,20", "--duration", "3"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "counter/event_loop/cores:1/workers:1/rate:10/duration:3\n"
            "counter/event_loop/cores:1/workers:1/rate:20/duration:3\n"
            "null/event_loop/cores:1/workers:1/rate:10/duration:3\n"
            "null/event_loop/cores:1/workers:1/rate:20/duration:3\n");
}

TEST(List, HasTasksOfNoWorkForPoolsToo) {
  const Outcome outcome =
      bench({"--list", "--cores", "1", "--workloads", "null", "--backends", "threads", "--rates", "10"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "null/threads/cores:1/workers:1/rate:10/duration:1\n");
}

#ifdef BOOKSTORE_HAVE_OPENMP
TEST(TooManyWorkersOfAnOpenRun, AreALimitInASweepAndAMistakeOtherwise) {
  const std::string row = "counter/openmp/workers:9/rate:500/duration:0.1";
  const test::TemporaryFolder folder;
  const std::string series = folder.file("series.json");
  expect_refused(bench({"--row", row, "--benchmark_format=json", "--series", series}, "OMP_THREAD_LIMIT=4 "),
                 "openmp: 9 workers, but a team has at most 4");
  EXPECT_FALSE(std::filesystem::exists(series)) << "left behind";
  const Outcome swept = bench({"--row", row, "--sweep", "--benchmark_format=json"}, "OMP_THREAD_LIMIT=4 ");
  EXPECT_EQ(swept.exit_code, 0) << swept.err;
  EXPECT_NE(swept.out.find("\"limit_reached\": 1.0"), std::string::npos) << swept.out;
}
#endif

}  // namespace
}  // namespace bookstore::of_latency_command_line
