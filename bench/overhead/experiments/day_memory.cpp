#include "bench/overhead/experiments/day_memory.hpp"

#include "bench/closed/measured_run.hpp"
#include "bench/rows/row.hpp"
#include "bench/rows/sizes.hpp"

namespace bookstore::overhead {

namespace {

Row day(const OverheadRow& row, double tasks) {
  Row day;
  day.workload = "day";
  day.backend = row.backend;
  day.cores = row.cores;
  day.workers = row.workers;
  day.tasks_given = true;
  day.parameters.tasks = tasks;
  day.parameters.wait_scale = row.param("wait_scale");
  day.parameters.cpu_scale = row.param("cpu_scale");
  return day;
}

Figures run_day_memory(const OverheadRow& row) {
  const double tasks = row.param("tasks");
  // The smallest day there is; what the process needs once and for all is there after it.
  const RunFigures empty = measure_row(day(row, 1), true);
  const RunFigures whole = measure_row(day(row, tasks), true);
  Figures figures;
  figures.seconds = static_cast<double>(whole.run_ns) * 1e-9;
  figures.counters = {
      {"bytes_per_task", static_cast<double>(whole.peak_memory_bytes - empty.peak_memory_bytes) / tasks},
      {"cpu_us_per_task", static_cast<double>(whole.cost.cpu_ns) / tasks / 1e3},
      {"open_us", static_cast<double>(whole.open_ns) / 1e3},
      {"close_us", static_cast<double>(whole.close_ns) / 1e3}};
  figures.cost = whole.cost;
  return figures;
}

}  // namespace

Experiment day_memory_experiment() {
  return {.name = "day_memory",
          .measures = "memory and CPU per task of long days",
          .params = {{"tasks", 100'000, 2, 1e9},
                     {"wait_scale", 0.01, 0, 1e6, false},
                     {"cpu_scale", 1, 0, 1e6, false}},
          .contenders = {{.name = "event_loop", .single_threaded = true}},
          .default_params =
              [](const Contender&) {
                return std::vector<std::string>{"cpu_scale:0.1", "tasks:10000000/cpu_scale:0.1"};
              },
          .seconds =
              [](const OverheadRow& row) {
                // Once under the backend, once directly for the digest.
                return 2 * nominal_seconds(day(row, row.param("tasks")));
              },
          .run = run_day_memory};
}

}  // namespace bookstore::overhead
