#include "bench/overhead/experiments/grain.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

#include "bench/measure/probes/cost.hpp"
#include "bench/overhead/support/runners.hpp"
#include "bench/rows/calibrate.hpp"
#include "bench/seam/run.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore::overhead {

namespace {

using workload::GrainJob;
using workload::GrainPlan;
using workload::GrainTally;

constexpr double wanted_ns = 50e6;
constexpr double most_tasks = 1u << 24;

// One run and what it cost.
struct Timed {
  std::int64_t run_ns = 0;
  measure::Cost cost;
  int effective_workers = 0;  // threads that ran tasks
};

Timed time_run(const OverheadRow& row, GrainRunner& runner, const GrainPlan& plan, std::uint64_t expected) {
  const backend::SteadyClock clock;
  GrainTally tally;
  GrainJob job{plan, tally};
  const measure::Cost before = measure::cost_so_far();
  const std::int64_t start = clock.now();
  runner.run(job, plan.calls());
  Timed timed;
  timed.run_ns = clock.now() - start;
  timed.cost = measure::cost_so_far() - before;
  timed.effective_workers = tally.threads();
  prove_grain(row, tally, expected);
  return timed;
}

// Nanoseconds per task of a plain loop, the best of as many passes as fill 2 ms.
double direct_ns_per_task(const GrainPlan& plan) {
  constexpr std::int64_t long_enough_ns = 2'000'000;
  const backend::SteadyClock clock;
  auto best = std::numeric_limits<double>::infinity();
  std::int64_t total_ns = 0;
  while (total_ns < long_enough_ns) {
    GrainTally tally;
    const GrainJob job{plan, tally};
    const std::uint32_t calls = plan.calls();
    const std::int64_t start = clock.now();
    for (std::uint32_t call = 0; call < calls; ++call) do_grain(job, call);
    const std::int64_t pass_ns = clock.now() - start;
    total_ns += std::max<std::int64_t>(pass_ns, 1);
    best = std::min(best, static_cast<double>(pass_ns) / plan.tasks());
  }
  return best;
}

// As many tasks as fill about 50 ms, found by runs of ever more; they warm the pool up as well.
std::uint32_t choose_tasks(const OverheadRow& row, GrainRunner& runner, std::uint32_t links) {
  constexpr double long_enough_ns = 5e6;
  for (double tasks = 256;; tasks *= 8) {
    const GrainPlan plan(static_cast<std::uint32_t>(tasks), links,
                         static_cast<std::uint32_t>(row.param("chunk")));
    const auto run_ns = static_cast<double>(time_run(row, runner, plan, grain_sum(plan)).run_ns);
    if (run_ns >= long_enough_ns || tasks * 8 > most_tasks)
      return static_cast<std::uint32_t>(std::clamp(tasks * wanted_ns / run_ns, 1.0, most_tasks));
  }
}

Figures run_grain(const OverheadRow& row) {
  const std::uint32_t links = links_for(row.param("work_ns"));
  const auto runner = make_grain_runner(row.backend, row.workers, static_cast<int>(row.param("align")));
  auto tasks = static_cast<std::uint32_t>(row.param("tasks"));
  if (tasks == 0) tasks = choose_tasks(row, *runner, links);
  const GrainPlan plan(tasks, links, static_cast<std::uint32_t>(row.param("chunk")));
  const std::uint64_t expected = grain_sum(plan);
  // The first run on this plan touches memory that the others find ready.
  time_run(row, *runner, plan, expected);
  const double direct_before = direct_ns_per_task(plan);
  const Timed timed = time_run(row, *runner, plan, expected);
  const double direct = std::min(direct_before, direct_ns_per_task(plan));
  const double per_task = static_cast<double>(timed.run_ns) / tasks;
  Figures figures;
  figures.seconds = static_cast<double>(timed.run_ns) * 1e-9;
  figures.counters = {{"tasks", tasks},
                      {"ns_per_task", per_task},
                      {"cpu_ns_per_task", static_cast<double>(timed.cost.cpu_ns) / tasks},
                      {"direct_ns_per_task", direct},
                      {"overhead_ns_per_task", std::min(row.workers, row.cores) * per_task - direct},
                      {"effective_workers", timed.effective_workers}};
  figures.cost = timed.cost;
  return figures;
}

// Of as many tasks in every process: a plan chosen by the machine's speed would differ from build to build,
// and so would the links that fill a given time.
TimedRuns drive_grain(const OverheadRow& row) {
  constexpr std::uint32_t usual_tasks = 20'000;
  if (row.param("work_ns") != 0)
    throw std::invalid_argument(
        "--drive gives all builds the same work; work_ns is calibrated by each: leave it out");
  struct Set {
    OverheadRow row;
    std::unique_ptr<GrainRunner> runner;
    GrainPlan plan;
    std::uint64_t expected;
  };
  const auto asked = static_cast<std::uint32_t>(row.param("tasks"));
  GrainPlan plan(asked == 0 ? usual_tasks : asked, 0, static_cast<std::uint32_t>(row.param("chunk")));
  const std::uint64_t expected = grain_sum(plan);
  const auto set = std::make_shared<Set>(
      Set{row, make_grain_runner(row.backend, row.workers, static_cast<int>(row.param("align"))),
          std::move(plan), expected});
  return {.digest = expected, .tasks = set->plan.tasks(), .run = [set] {
            return time_run(set->row, *set->runner, set->plan, set->expected).run_ns;
          }};
}

}  // namespace

void prove_grain(const OverheadRow& row, const GrainTally& tally, std::uint64_t expected) {
  if (tally.sum() != expected)
    throw workload::WrongResult(row.name() + ": the tasks' results are not those of the plain loop");
}

std::uint64_t grain_sum(const GrainPlan& plan) {
  std::uint64_t sum = 0;
  for (std::uint32_t task = 0; task < plan.tasks(); ++task)
    sum += workload::do_links(task, plan.links()[task]);
  return sum;
}

Experiment grain_experiment() {
  return {.name = "grain",
          .measures = "what dispatching a task costs beside its work",
          .params = {{.name = "work_ns", .standard = 0, .minimum = 0, .maximum = 1e7, .whole = false},
                     {.name = "tasks", .standard = 0, .minimum = 0, .maximum = 1e9},
                     {.name = "chunk", .standard = 1, .minimum = 1, .maximum = 1e6},
                     alignment_param()},
          .contenders = grain_contenders(),
          .default_params =
              [](const Contender&) {
                return std::vector<std::string>{"", "work_ns:1000"};
              },
          .seconds =
              [](const OverheadRow& row) {
                const double chosen = wanted_ns;
                const double given = row.param("tasks") * std::max(100.0, row.param("work_ns"));
                return 5e-9 * (row.param("tasks") == 0 ? chosen : given);
              },
          .bytes = [](const OverheadRow& row) { return GrainPlan::bytes_per_task * row.param("tasks"); },
          .run = run_grain,
          .drive = drive_grain};
}

}  // namespace bookstore::overhead
