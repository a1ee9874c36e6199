#include "bench/overhead/row.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/measure/machine/affinity.hpp"
#include "bench/overhead/experiment.hpp"
#include "bench/overhead/experiments/grain.hpp"
#include "bench/overhead/experiments/seam_price.hpp"
#include "bench/overhead/experiments/stocktake.hpp"
#include "bench/overhead/support/counted_lock.hpp"
#include "bench/overhead/support/runners.hpp"
#include "bench/rows/calibrate.hpp"
#include "bench/shell/exit_code.hpp"
#include "tests/support/build.hpp"
#include "tests/support/refusal.hpp"
#include "workloads/bookstore/parameters.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore::overhead {
namespace {

using test::expect_one_line_about;
using test::refusal;

bool has_contender(std::string_view experiment, const std::string& name) {
  return std::ranges::count(find_experiment(experiment).contenders, name, &Contender::name) > 0;
}

TEST(OverheadRowName, ReadsAndPrintsBack) {
  for (const char* name : {
           "grain/threads/cores:2/workers:3",
           "grain/raw_function_queue/cores:1/workers:1/work_ns:12.5/tasks:7/chunk:8",
           "stocktake/sequential/cores:2/workers:1/fanout:2/leaves:1024/cutoff:3",
           "seam_grain/event_loop/cores:1/workers:1/work_ns:1000/rounds:5",
           "round_trip/threads/cores:2/workers:1/waits:unix",
           "round_trip/threads/cores:2/workers:1/waits:tcp/round_trips:100",
       })
    EXPECT_EQ(parse_overhead_row(name).name(), name);
}

TEST(OverheadRowName, LeavesDefaultsOut) {
  EXPECT_EQ(parse_overhead_row("grain/sequential/chunk:1/cores:1/work_ns:0").name(),
            "grain/sequential/cores:1/workers:1");
}

// A value of the param other than its default.
double other_value(const Param& param) {
  for (const double choice : param.choices)
    if (choice != param.standard) return choice;
  if (!param.choices.empty()) return param.standard;
  return param.standard < param.maximum ? param.standard + 1 : param.minimum;
}

TEST(OverheadRowName, EveryParamOfEveryExperimentIsTakenAndNoOtherIsTouched) {
  for (const Experiment& experiment : experiment_table()) {
    OverheadRow plain;
    // The one that every experiment has, and that takes any number of tasks with its one worker.
    for (const Contender& contender : experiment.contenders)
      if (contender.name == "event_loop") plain = parse_overhead_row(experiment.name + "/event_loop");
    EXPECT_EQ(plain.params.size(), experiment.params.size());
    for (const Param& param : experiment.params) {
      OverheadRow row = plain;
      const double other = other_value(param);
      set_param(row, param.name,
                param.names.empty() ? workload::parameter_text(other)
                                    : param.names.at(static_cast<std::size_t>(other)));
      OverheadRow expected = plain;
      expected.params[param.name] = other_value(param);
      EXPECT_EQ(row.params, expected.params) << experiment.name << " " << param.name;
    }
  }
}

TEST(OverheadRowName, EveryDefaultRowReadsBack) {
  const auto rows = default_rows(2, {}, {});
  EXPECT_FALSE(rows.empty());
  for (const OverheadRow& row : rows) {
    EXPECT_EQ(parse_overhead_row(row.name()).params, row.params) << row.name();
    EXPECT_GT(find_experiment(row.experiment).seconds(row), 0) << row.name();
  }
}

TEST(OverheadRowName, WhatIsWrongWithItIsNamedInOneLine) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"", "unknown experiment ''; known: grain"},
      {"nonsense/threads", "unknown experiment 'nonsense'; known: grain"},
      {"grain", "'grain' has no backend ''; known: sequential"},
      {"grain/nonsense", "'grain' has no backend 'nonsense'"},
      {"seam_grain/raw_threads", "'seam_grain' has no backend 'raw_threads'"},
      {"grain/threads/speed:1", "'grain' has no parameter 'speed'; known: cores, workers, work_ns"},
      {"grain/threads/fanout:2", "'grain' has no parameter 'fanout'"},
      {"grain/threads/tasks", "'tasks' is not <parameter>:<value>"},
      {"grain/threads//tasks:1", "'' is not <parameter>:<value>"},
      {"grain/threads/workers:0", "workers is '0'"},
      {"grain/threads/workers:1000001", "workers is '1000001'"},
      {"grain/threads/cores:x", "cores is 'x'"},
      {"grain/sequential/workers:2", "sequential has one worker; workers is 2"},
      {"grain/raw_event_loop/workers:2", "raw_event_loop has one worker; workers is 2"},
      {"grain/threads/tasks:1.5", "tasks is '1.5'; give a whole number from 0 to"},
      {"grain/threads/tasks:-1", "tasks is '-1'"},
      {"grain/threads/chunk:0", "chunk is '0'"},
      {"grain/threads/work_ns:nan", "work_ns is 'nan'; give a number from 0 to"},
      {"grain/threads/work_ns:", "work_ns is ''"},
      {"grain/threads/align:48", "align is '48'; give one of "},
      {"stocktake/threads/fanout:1", "fanout is '1'"},
      {"handover/threads/from:2", "from is '2'; give one of 0, 1"},
      {"handover/threads/gap_us:0", "gap_us is '0'"},
      {"handover/raw_threads", "'handover' has no backend 'raw_threads'"},
      {"cold_start/threads/tasks:0", "tasks is '0'"},
      {"idle/event_loop/workers:2", "event_loop has one worker; workers is 2"},
      {"idle/threads/watch_ms:0", "watch_ms is '0'"},
      {"idle/threads/active:1", "active:1 has no meaning for threads"},
      {"gaps/sequential/active:1", "active:1 has no meaning for sequential"},
      {"gaps/threads/active:2", "active is '2'; give one of 0, 1"},
      {"burst/threads/idle_ms:-1", "idle_ms is '-1'; give a whole number from 0 to"},
      {"burst/threads/tasks:0", "tasks is '0'"},
  };
  for (const auto& [name, culprit] : mistakes)
    expect_one_line_about(refusal([&name = name] { parse_overhead_row(name); }), culprit, name);
}

TEST(OverheadRowName, OfAnActiveTeamNeedsAProcessUnderThatPolicy) {
  if (!test::has_backend("openmp")) GTEST_SKIP() << "built without OpenMP";
  const std::string name = "gaps/openmp/active:1";
  expect_one_line_about(refusal([&name] { parse_overhead_row(name); }),
                        "active:1 needs a process that runs under OMP_WAIT_POLICY=active", name);
}

TEST(Links, AreInProportionToTheTimeAskedFor) {
  EXPECT_EQ(links_for(0), 0u);
  EXPECT_GE(links_for(0.001), 1u);
  EXPECT_NEAR(links_for(1e6), 10.0 * links_for(1e5), 10);
}

TEST(GrainRunners, DoAllTasksOnceWhateverTheWorkersTheAlignmentAndTheChunk) {
  for (const Contender& contender : grain_contenders()) {
    if (contender.left_out) continue;
    for (const int workers : {1, 3}) {
      if (contender.single_threaded && workers > 1) continue;
      for (const double align : alignment_param().choices) {
        const auto runner = make_grain_runner(contender.name, workers, static_cast<int>(align));
        for (const std::uint32_t chunk : {1u, 4u}) {
          const workload::GrainPlan plan(333, 3, chunk);
          workload::GrainTally tally;
          workload::GrainJob job{plan, tally};
          runner->run(job, plan.calls());
          EXPECT_EQ(tally.sum(), grain_sum(plan)) << contender.name << ", " << workers << " workers";
          // A thread for each task, so many at a time, are more in all.
          const int threads =
              contender.name.ends_with("thread_per_task") ? static_cast<int>(plan.calls()) : workers;
          EXPECT_LE(tally.threads(), threads) << contender.name;
        }
      }
    }
  }
}

TEST(StocktakeRunners, CountAllBooksWhateverTheWorkersTheAlignmentAndTheShape) {
  const workload::Shelves shelves(1234, 1);
  for (const Contender& contender : stocktake_contenders()) {
    if (contender.left_out) continue;
    for (const int workers : {1, 3}) {
      if (contender.single_threaded && workers > 1) continue;
      for (const double align : alignment_param().choices) {
        const auto runner = make_stocktake_runner(contender.name, workers, static_cast<int>(align));
        for (const std::uint32_t fanout : {2u, 10u})
          for (const std::uint32_t cutoff : {0u, 1u, 2u})
            EXPECT_EQ(runner->run(shelves, {shelves.size(), fanout, cutoff}), shelves.all_books())
                << contender.name << ", " << workers << " workers, fan-out " << fanout << ", cutoff "
                << cutoff;
      }
    }
  }
}

TEST(RawTwin, IsThereForTheUsualBackendsAndForThoseThatAreWrittenByHandInOneForm) {
  std::set<std::string> without;
  for (const Contender& contender : all_backends()) {
    if (contender.left_out) continue;
    if (!has_contender("seam_grain", contender.name)) {
      without.insert(contender.name);
      continue;
    }
    EXPECT_EQ(find_contender(grain_experiment(), grain_twin_of(contender.name)).single_threaded,
              contender.single_threaded);
    if (!has_contender("seam_stocktake", contender.name)) continue;
    EXPECT_EQ(find_contender(stocktake_experiment(), stocktake_twin_of(contender.name)).single_threaded,
              contender.single_threaded);
  }
  for (const std::string each : {"tbb_overlapped", "openmp_overlapped", "fibers", "go", "tokio"})
    without.erase(each);
  EXPECT_EQ(without, std::set<std::string>());
  for (const std::string each : {"sequential", "threads", "event_loop", "event_loops"})
    EXPECT_TRUE(has_contender("seam_stocktake", each)) << each;
}

TEST(WrongResult, OfGrainAndStocktakeEndsTheProcessWithOne) {
  const OverheadRow row = parse_overhead_row("grain/sequential");
  const workload::GrainPlan plan(10, 1);
  workload::GrainTally tally;
  const workload::GrainJob job{plan, tally};
  // A task done twice in place of another.
  for (const std::uint32_t task : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 8u}) do_grain(job, task);
  EXPECT_THROW(prove_grain(row, tally, grain_sum(plan)), workload::WrongResult);
  EXPECT_NO_THROW(prove_grain(row, tally, tally.sum()));
  const workload::Shelves shelves(10, 1);
  const auto count = [&] {
    prove_count(row, shelves, shelves.all_books() + 1);
    return 0;
  };
  EXPECT_THROW(count(), workload::WrongResult);
  EXPECT_EQ(guarded_main<workload::WrongResult>("bench_overhead", count), exit_wrong_result);
}

TEST(SeamCounters, AreMediansOverRoundsAndOfTheirDifferencesAndRatios) {
  const auto counters = seam_counters(
      {{.seam_ns = 10, .raw_ns = 8}, {.seam_ns = 30, .raw_ns = 40}, {.seam_ns = 22, .raw_ns = 20}});
  EXPECT_DOUBLE_EQ(counters.at("seam_ns"), 22);
  EXPECT_DOUBLE_EQ(counters.at("raw_ns"), 20);
  EXPECT_DOUBLE_EQ(counters.at("difference_ns"), 2);
  EXPECT_DOUBLE_EQ(counters.at("ratio"), 1.1);
  EXPECT_DOUBLE_EQ(counters.at("limit_ns"), 1);
  EXPECT_DOUBLE_EQ(seam_counters({{.seam_ns = 1, .raw_ns = 100}}).at("limit_ns"), 5);
}

TEST(SeamRows, GiveEachThreadItsMaskBack) {
  const std::vector<int> allowed = measure::allowed_cpus();
  for (const Contender& contender : all_backends()) {
    if (contender.left_out || !has_contender("seam_stocktake", contender.name)) continue;
    OverheadRow row = parse_overhead_row("seam_stocktake/" + contender.name + "/leaves:1000/rounds:7");
    row.workers = contender.single_threaded ? 1 : 2;
    const auto counters = find_experiment(row.experiment).run(row).counters;
    EXPECT_GT(counters.at("seam_ns"), 0) << contender.name;
    EXPECT_GE(counters.at("pinned"), 1) << contender.name;
    EXPECT_EQ(measure::allowed_cpus(), allowed) << contender.name;
    EXPECT_NO_THROW(measure::common_mask_size()) << contender.name;
  }
}

TEST(CountedLock, TellsWhenItWasHeldBySomebodyElse) {
  static bool held;
  struct Mutex {
    bool try_lock() { return !held; }
    void lock() { held = false; }  // its holder has left
    void unlock() {}
  };
  CountedLock<Mutex> lock;
  for (const bool each : {false, true, false, true, true}) {
    held = each;
    lock.lock();
    lock.unlock();
  }
  EXPECT_EQ(lock.taken(), 5u);
  EXPECT_EQ(lock.found_held(), 3u);
}

TEST(ContentionRow, IsGivenTheTimeThatItTakes) {
  const auto seconds = [](const std::string& params) {
    const OverheadRow row = parse_overhead_row("contention/event_loop/cores:1/" + params);
    return find_experiment(row.experiment).seconds(row);
  };
  // Once under the backend, once directly: 11 us and 5 us a task.
  EXPECT_NEAR(seconds("tasks:1000000"), 2 * 11, 4);
  EXPECT_NEAR(seconds("tasks:1000000/workload:1"), 2 * 5, 4);
  EXPECT_NEAR(seconds("tasks:1000000/cpu_scale:10"), 2 * 110, 20);
}

}  // namespace
}  // namespace bookstore::overhead
