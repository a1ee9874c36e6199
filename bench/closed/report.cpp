#include "bench/closed/report.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "bench/closed/measured_run.hpp"
#include "bench/measure/machine/affinity.hpp"
#include "bench/measure/machine/ideal.hpp"
#include "bench/rows/counters.hpp"
#include "bench/rows/sizes.hpp"
#include "bench/rows/work.hpp"
#include "bench/shell/numbers.hpp"

namespace bookstore {

namespace {

void set_figure_counters(benchmark::State& state, const Row& row, const RunFigures& figures, bool memory) {
  const double tasks = row.parameters.tasks;
  const auto us_per_task = [&](std::int64_t ns) { return static_cast<double>(ns) / tasks / 1000; };
  const Wait longest = longest_wait(row);
  auto& counters = state.counters;
  counters["tasks_per_second"] = tasks * 1e9 / static_cast<double>(figures.run_ns);
  counters["time_per_task_us"] = us_per_task(figures.run_ns);
  counters["cpu_us_per_task"] = us_per_task(figures.cost.cpu_ns);
  if (figures.work_ns > 0) counters["work_us_per_task"] = us_per_task(figures.work_ns);
  counters["voluntary_switches"] = static_cast<double>(figures.cost.voluntary_switches);
  counters["involuntary_switches"] = static_cast<double>(figures.cost.involuntary_switches);
  counters["effective_cores"] = figures.effective_cores;
  const double at_once = row.in_flight == 0 ? tasks : std::min(tasks, static_cast<double>(row.in_flight));
  set_worker_counters(state, row, figures.effective_workers, at_once >= row.workers);
  set_disturbance_counters(state, figures.cost);
  counters["digest_ok"] = 1;  // a run that is not ends the process
  counters["longest_wait_ms"] = static_cast<double>(longest) / 1e6;
  counters["too_short"] = too_short(figures, longest) ? 1 : 0;
  if (!row.is_service() && workload::find_mix(row.workload).opens_and_closes) {
    counters["open_us"] = static_cast<double>(figures.open_ns) / 1e3;
    counters["close_us"] = static_cast<double>(figures.close_ns) / 1e3;
  }
  if (const auto& played = figures.in_virtual_time) {
    counters["mean_begun"] = played->mean_begun;
    counters["claim_busy_fraction"] = played->claim_busy;
    counters["lock_busy_fraction"] = played->lock_busy;
  }
  if (figures.service) set_service_counters(state, *figures.service, tasks);
  if (figures.alone) {
    const auto set = [&](const std::string& what, const std::vector<StepTime>& times) {
      for (const StepTime& each : times)
        counters[what + "_" + std::string(info(static_cast<workload::Kind>(each.kind)).figure) + "_" +
                 std::to_string(each.step) + "_ns"] = each.ns;
    };
    set("step", figures.alone->steps);
    set("held", figures.alone->held);
    counters["lock_ns"] = figures.alone->lock_ns;
  }
  if (memory) counters["peak_memory_bytes"] = static_cast<double>(figures.peak_memory_bytes);
}

void measure_closed(benchmark::State& state, const Row& row, const ClosedOptions& options) {
  const RunFigures figures = measure_row(row, options.memory, options.known.find(row));
  prove_expected(row, figures.digest, options.expected);
  state.SetIterationTime(static_cast<double>(figures.run_ns) * 1e-9);
  state.SetLabel("digest " + hexadecimal(figures.digest) + costs_note(row));
  set_figure_counters(state, row, figures, options.memory);
}

// The loop of the machine's ideal: shelving, done directly in each process on a shop of its own.
std::function<void()> prepare_ideal_loop() {
  struct Own {
    explicit Own(const workload::Parameters& parameters)
        : plan(workload::find_mix("shelving"), parameters), shop(plan) {}
    workload::Plan plan;
    workload::Shop<workload::NoLocks> shop;
  };
  workload::Parameters parameters;
  parameters.tasks = 4000;
  auto own = std::make_shared<Own>(parameters);
  workload::Shop<workload::NoLocks> warm_up(own->plan);
  warm_up.open();
  do_directly(warm_up);
  own->shop.open();
  return [own] { do_directly(own->shop); };
}

}  // namespace

MeasuredRow closed_row(const Row& row, const ClosedOptions& options) {
  // Setting up and the direct run cost about as much again as the run itself.
  return {.name = row.name(),
          .seconds = 2 * nominal_seconds(row),
          .set_parameters = [row](benchmark::State& state) { set_parameter_counters(state, row); },
          .measure = [row, &options](benchmark::State& state) { measure_closed(state, row, options); }};
}

MeasuredRow ideal_row() {
  const std::vector<int> cpus = measure::allowed_cpus();
  const std::string cores = std::to_string(cpus.size());
  return {.name = "ideal/processes/cores:" + cores + "/workers:" + cores,
          .seconds = 1,
          .set_parameters =
              [cpus](benchmark::State& state) {
                state.counters["cores"] = state.counters["workers"] = static_cast<double>(cpus.size());
              },
          .measure =
              [cpus](benchmark::State& state) {
                constexpr int rounds = 3;
                const auto start = std::chrono::steady_clock::now();
                count_disturbances(state, [&] {
                  state.counters["ideal_speedup"] = measure::ideal_speedup(cpus, prepare_ideal_loop, rounds);
                });
                state.SetIterationTime(
                    std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
              }};
}

}  // namespace bookstore
