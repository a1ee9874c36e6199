// What bench_throughput prints and writes when all is well.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/backends/registry.hpp"
#include "bench/rows/row.hpp"
#include "bench/shell/json_text.hpp"
#include "tests/support/command.hpp"
#include "workloads/bookstore/parameters.hpp"
#include "workloads/bookstore/plan.hpp"

namespace bookstore::of_results {
namespace {

using nlohmann::json;
using test::run_command;

test::Outcome bench(const std::vector<std::string>& arguments) {
  auto outcome = run_command(BOOKSTORE_BENCH_THROUGHPUT, arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return outcome;
}

json rows_of(std::vector<std::string> arguments) {
  arguments.emplace_back("--benchmark_format=json");
  return parse_json(bench(arguments).out);
}

TEST(Describe, NamesTheMachineTheBackendsAndTheWorkloads) {
  const json description = parse_json(bench({"--describe"}).out);
  EXPECT_GE(description.at("cores").get<int>(), 1);
  EXPECT_FALSE(description.at("machine").get<std::string>().empty());
  std::set<std::string> backends, workloads;
  for (const auto& each : description.at("backends")) {
    backends.insert(each.at("name").get<std::string>());
    const auto& traits = backend::find_backend(each.at("name").get<std::string>());
    EXPECT_EQ(each.at("waits"), traits.waits == backend::Waits::blocking ? "blocking" : "overlapped");
    EXPECT_EQ(each.at("max_workers") == 1, traits.single_threaded) << traits.name;
    EXPECT_EQ(each.at("roles"), traits.roles);
    EXPECT_EQ(each.at("static"), traits.static_split);
    EXPECT_EQ(each.at("pins"), traits.pins);
  }
  EXPECT_EQ(backends.size(), backend::Registry::traits.size());
  for (const auto& each : description.at("workloads")) {
    workloads.insert(each.at("name").get<std::string>());
    EXPECT_EQ(each.at("waits"), each.at("name") != "shelving");
  }
  EXPECT_EQ(workloads, (std::set<std::string>{"shelving", "counter", "errands", "day"}));
  EXPECT_EQ(description.at("named_workloads").at(0).at("name"), "service");
}

TEST(Describe, NamesEveryParameterOfARow) {
  const std::string help = bench({"--help"}).out;
  std::set<std::string> parameters;
  const json description = parse_json(bench({"--describe"}).out);
  for (const auto& each : description.at("parameters")) {
    std::string option = each.at("name");
    parameters.insert(option);
    std::ranges::replace(option, '_', '-');
    EXPECT_NE(help.find("--" + option), std::string::npos) << option;
  }
  for (const char* name : {"tasks", "printer_us", "steps", "spread", "in_flight", "locks", "pinned", "slow",
                           "static", "per_thread", "desk"})
    EXPECT_TRUE(parameters.contains(name)) << name;
}

TEST(CpuSpeed, IsFoundAndMakesPlansLarger) {
  const json description = parse_json(bench({"--describe"}).out);
  EXPECT_GT(description.at("cpu_speed").get<double>(), 0);
  const auto listed = [](const char* speed) {
    const auto rows = bench({"--list", "--row", "shelving/sequential", "--cpu-speed", speed}).out;
    return parse_row(rows.substr(0, rows.size() - 1)).parameters.tasks;
  };
  EXPECT_NEAR(listed("4") / listed("1"), 4, .01);
  for (const char* bad : {"0", "-1", "fast"})
    EXPECT_EQ(run_command(BOOKSTORE_BENCH_THROUGHPUT, {"--list", "--cpu-speed", bad}).exit_code, 2) << bad;
}

TEST(List, NamesRowsThatCanBeRunByTheirNames) {
  const std::string listed =
      bench({"--list", "--workloads", "day,shelving", "--workers", "1", "--skew", "1"}).out;
  std::size_t lines = 0;
  for (std::size_t begin = 0, end; (end = listed.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string row = listed.substr(begin, end - begin);
    EXPECT_NE(row.find("/skew:1"), std::string::npos);
    EXPECT_EQ(bench({"--list", "--row", row}).out, row + "\n");
    ++lines;
  }
  EXPECT_EQ(lines, 2 * backend::Registry::traits.size());
}

TEST(ARun, HasEveryFigureAndEveryParameterAsACounter) {
  const json result = rows_of({"--workloads", "shelving", "--backends", "sequential", "--tasks", "50"});
  ASSERT_EQ(result.at("benchmarks").size(), 1u);
  const json& row = result.at("benchmarks")[0];
  for (const char* counter : {"tasks_per_second", "time_per_task_us", "cpu_us_per_task", "work_us_per_task",
                              "voluntary_switches", "involuntary_switches", "effective_cores",
                              "effective_workers", "fewer_workers", "steal_fraction", "longest_wait_ms"})
    EXPECT_TRUE(row.contains(counter)) << counter;
  for (const auto& info : workload::parameter_table())
    EXPECT_EQ(row.value(std::string(info.name), -1.0),
              info.name == "tasks" ? 50 : workload::Parameters{}.*(info.member))
        << info.name;
  EXPECT_EQ(row.at("workers"), 1);
  EXPECT_EQ(row.at("effective_workers"), 1);
  EXPECT_EQ(row.at("cores"), row.at("effective_cores"));
  EXPECT_EQ(row.at("digest_ok"), 1);
  EXPECT_EQ(row.at("limit_reached"), 0);
  EXPECT_EQ(row.at("iterations"), 1);
  const double run_ms = row.at("real_time");
  EXPECT_EQ(row.at("time_unit"), "ms");
  EXPECT_NEAR(row.at("tasks_per_second").get<double>() * run_ms / 1000, 50, 1e-6);
  EXPECT_NEAR(row.at("time_per_task_us").get<double>() * 50 / 1000, run_ms, run_ms * 1e-6);
}

TEST(ARun, MarksRowsThatAreTooShort) {
  const auto too_short = [](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"--workloads", "errands", "--backends", "event_loop"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return rows_of(arguments).at("benchmarks")[0].at("too_short").get<double>() == 1;
  };
  // 120 ms of waits of 100 us, one after the other, are long enough on any machine ...
  const std::vector<std::string> one_by_one{"--tasks",      "1200", "--brew-us",   "100",
                                            "--mailbox-us", "100",  "--in-flight", "1"};
  EXPECT_FALSE(too_short(one_by_one));
  // ... and two waits of 200 ms at once are not: they would have to take 4 s.
  EXPECT_TRUE(too_short({"--tasks", "2", "--brew-us", "200000", "--mailbox-us", "200000"}));
}

TEST(ARun, TellsWhereItWasMade) {
  const json context =
      rows_of({"--workloads", "shelving", "--backends", "sequential", "--tasks", "5"}).at("context");
  std::string keys;
  for (const auto& [key, value] : context.items()) keys += key + " ";
  for (const char* part : {"commit", "build_type", "compiler", "flags", "kernel", "governor", "affinity",
                           "cgroup_cpu_quota", "libraries", "machine_cores", "machine"})
    EXPECT_NE(keys.find(part), std::string::npos) << part << " is not in: " << keys;
  EXPECT_NE(context.at("runtime_variables").get<std::string>().find("OMP_WAIT_POLICY="), std::string::npos);
  EXPECT_EQ(context.at("runtimes"), backend::runtimes());
}

TEST(ARun, EndsInTheSameShopUnderEveryBackendAndEveryTime) {
  for (const auto& mix : workload::mix_table()) {
    const std::vector<std::string> arguments{"--workloads", std::string(mix.name), "--tasks",
                                             "60",          "--wait-scale",        "0.05"};
    json rows = rows_of(arguments).at("benchmarks");
    const json again = rows_of(arguments).at("benchmarks");
    rows.insert(rows.end(), again.begin(), again.end());
    std::set<std::string> digests;
    std::set<std::string> backends;
    for (const json& row : rows) {
      const std::string name = row.at("name");
      EXPECT_EQ(row.value("digest_ok", 0.0), 1) << name;
      digests.insert(row.at("label").get<std::string>());
      const auto slash = name.find('/') + 1;
      backends.insert(name.substr(slash, name.find('/', slash) - slash));
    }
    EXPECT_EQ(digests.size(), 1u) << mix.name;
    EXPECT_EQ(backends.size(), backend::Registry::traits.size());
  }
}

TEST(ARun, OfServiceHasItsShapeInCounters) {
  const std::string shape = "steps:2us+100us,1us/spread:exponential";
  std::set<std::string> digests;
  for (const auto& traits : backend::Registry::traits) {
    const json row =
        rows_of({"--row", "service/" + std::string(traits.name) + "/cores:1/workers:1/tasks:40/" + shape})
            .at("benchmarks")[0];
    digests.insert(row.at("label").get<std::string>());
    EXPECT_EQ(row.at("shape_steps"), 2);
    EXPECT_EQ(row.at("shape_cpu_us"), 3);
    EXPECT_EQ(row.at("shape_wait_us"), 100);
    EXPECT_EQ(row.at("spread_exponential"), 1);
    EXPECT_EQ(row.at("spread_lognormal"), 0);
    EXPECT_FALSE(row.contains("open_us"));
  }
  EXPECT_EQ(digests.size(), 1u) << "one plan";
}

TEST(ARun, HasItsWorkersInCounters) {
  const json shelving =
      rows_of({"--row", "shelving/threads/cores:1/workers:2/tasks:40/slow:2/static:1"}).at("benchmarks")[0];
  EXPECT_EQ(shelving.at("slow"), 2);
  EXPECT_EQ(shelving.at("static"), 1);
  EXPECT_EQ(shelving.at("desk"), 0);
  const json day = rows_of({"--row", "day/threads/cores:1/workers:2/tasks:40/desk:1"}).at("benchmarks")[0];
  EXPECT_EQ(day.at("slow"), 1);
  EXPECT_EQ(day.at("static"), 0);
  EXPECT_EQ(day.at("desk"), 1);
}

TEST(ARun, OfTheDayTimesOpeningAndClosingApart) {
  const json row =
      rows_of({"--workloads", "day", "--backends", "event_loop", "--tasks", "20", "--wait-scale", "0"})
          .at("benchmarks")[0];
  EXPECT_GT(row.at("open_us").get<double>(), 0);
  EXPECT_GT(row.at("close_us").get<double>(), 0);
}

TEST(ARun, MeasuresThePeakMemoryOfOneRow) {
  const auto peak = [](const char* tasks) {
    return rows_of({"--memory", "--workloads", "counter", "--backends", "event_loop", "--wait-scale", "0",
                    "--cpu-scale", "0", "--tasks", tasks})
        .at("benchmarks")[0]
        .at("peak_memory_bytes")
        .get<double>();
  };
  // A task has an entry in the plan, a receipt and a stage: 17 bytes, but for what lay there before.
  EXPECT_GT(peak("100000") - peak("5000"), 95'000 * 12.0);
}

TEST(AKnownDigest, IsProvedAndNotFoundAgain) {
  const test::TemporaryFolder folder;
  const std::string name = "shelving/threads/cores:1/workers:1/tasks:50";
  const auto known = [&](const std::string& digest) {
    const std::string path = folder.file("known.json");
    std::ofstream(path) << to_text({{name, digest}});
    return path;
  };
  const json first = rows_of({"--row", name}).at("benchmarks")[0];
  const std::string digest = first.at("label").get<std::string>().substr(7);
  EXPECT_TRUE(first.contains("work_us_per_task"));
  const json again = rows_of({"--row", name, "--known", known(digest)}).at("benchmarks")[0];
  EXPECT_EQ(again.at("label"), first.at("label"));
  EXPECT_FALSE(again.contains("work_us_per_task")) << "the plan was done directly all the same";
  const std::string same_plan = "shelving/event_loop/cores:1/workers:1/tasks:50";
  const json other = rows_of({"--row", same_plan, "--known", known(digest)}).at("benchmarks")[0];
  EXPECT_FALSE(other.contains("work_us_per_task")) << "known for another backend's run of the plan";
  std::ofstream(folder.file("two.json")) << to_text({{name, digest}, {same_plan, "0123456789abcdef"}});
  const auto exit_code = [&](const std::string& path) {
    return run_command(BOOKSTORE_BENCH_THROUGHPUT, {"--row", name, "--known", path}).exit_code;
  };
  EXPECT_EQ(exit_code(known("0123456789abcdef")), 1);
  EXPECT_EQ(exit_code(folder.file("two.json")), 1);
  for (const char* bad : {"", "xyz", "f0123456789abcdef"}) EXPECT_EQ(exit_code(known(bad)), 2) << bad;
  EXPECT_EQ(exit_code(folder.file("none")), 2);
}

TEST(ABudget, KeepsRowsFromBeingStarted) {
  const json row =
      rows_of({"--row", "shelving/sequential/tasks:5", "--budget", "0.000001"}).at("benchmarks")[0];
  EXPECT_EQ(row.at("error_occurred"), true);
  EXPECT_NE(row.at("error_message").get<std::string>().find("--budget"), std::string::npos);
}

TEST(TimelineOfARun, HasEveryStepOfEveryTaskBetweenOpeningAndClosing) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("timeline.json");
  bench({"--workloads", "day", "--backends", "threads,event_loop", "--workers", "1", "--tasks", "40",
         "--timeline", path});
  const json rows = parse_json(test::contents_of(path)).at("rows");
  ASSERT_EQ(rows.size(), 2u);
  for (const json& row : rows) {
    const json& spans = row.at("spans");
    EXPECT_EQ(spans.front().at("kind"), "open_shop");
    EXPECT_EQ(spans.back().at("kind"), "close_shop");
    std::map<int, std::vector<json>> tasks;
    for (const json& span : spans) {
      EXPECT_EQ(span.at("worker"), 0);
      EXPECT_LE(span.at("begin_us"), span.at("end_us"));
      tasks[span.at("task")].push_back(span);
    }
    EXPECT_EQ(tasks.size(), 42u);
    for (const auto& [task, steps] : tasks)
      for (std::size_t step = 0; step < steps.size(); ++step) {
        EXPECT_EQ(steps[step].at("step"), step);
        EXPECT_EQ(steps[step].at("wait_us") < 0, step + 1 == steps.size()) << "task " << task;
        if (step == 0) continue;
        EXPECT_GE(
            steps[step].at("begin_us").get<double>(),
            steps[step - 1].at("end_us").get<double>() + steps[step - 1].at("wait_us").get<double>() - 0.01);
      }
  }
}

TEST(IdealOfTheMachine, IsARowOfItsOwn) {
  const json row = rows_of({"--ideal", "--cores", "1"}).at("benchmarks")[0];
  EXPECT_EQ(row.at("ideal_speedup"), 1);
  EXPECT_TRUE(row.contains("disturbed"));
  EXPECT_TRUE(row.at("name").get<std::string>().starts_with("ideal/processes/cores:1/workers:1"));
}

}  // namespace
}  // namespace bookstore::of_results
