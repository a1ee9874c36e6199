// bench_overhead: what a task, a hand-over and a wait cost beside the work.

#include <benchmark/benchmark.h>

#include <iostream>

#include "bench/backends/registry.hpp"
#include "bench/measure/machine/affinity.hpp"
#include "bench/measure/machine/environment.hpp"
#include "bench/measure/machine/mask.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/overhead/experiment.hpp"
#include "bench/rows/counters.hpp"
#include "bench/rows/parts.hpp"
#include "bench/seam/limits.hpp"
#include "bench/shell/budget.hpp"
#include "bench/shell/exit_code.hpp"
#include "bench/shell/google_benchmark.hpp"
#include "bench/shell/json_text.hpp"
#include "workloads/bookstore/audit.hpp"

namespace bookstore {
namespace {

using overhead::Contender;
using overhead::Experiment;
using overhead::OverheadRow;
using overhead::Param;

struct Options {
  std::vector<std::string> rows;
  std::vector<std::string> experiments;
  std::vector<std::string> backends;
  std::string cores;
  std::string budget;
  bool sweep = false;
  bool describe = false;
  bool list = false;
};

void declare(CommandLine& line, Options& options) {
  line.texts("row", options.rows, "A row to run, by its name; may be given more than once");
  line.list("experiments", options.experiments, "Experiments, separated by commas");
  line.list("backends", options.backends, "Backends, separated by commas");
  line.text("cores", options.cores, "Cores: the affinity mask of the process");
  line.text("budget", options.budget, "Seconds; no row is started that would pass it");
  line.flag("sweep", options.sweep, "A row that meets a limit of the machine is marked, not an error");
  line.flag("describe", options.describe, "Print machine, build and experiments as JSON");
  line.flag("list", options.list, "Print the names of the rows, run nothing");
}

std::vector<OverheadRow> named_rows(const Options& options) {
  if (!options.rows.empty() && !(options.experiments.empty() && options.backends.empty()))
    throw std::invalid_argument("--row names a row whole; leave out --experiments and --backends");
  std::vector<OverheadRow> rows;
  for (const std::string& name : options.rows) rows.push_back(overhead::parse_overhead_row(name));
  return rows;
}

void run_row(benchmark::State& state, const OverheadRow& row, const Options& options, const Budget& budget) {
  for ([[maybe_unused]] auto iteration : state) {
    if (!budget.allows(overhead::find_experiment(row.experiment).seconds(row)))
      return state.SkipWithError("not run: it would pass --budget");
    state.counters["cores"] = row.cores;
    state.counters["workers"] = row.workers;
    state.counters["limit_reached"] = 0;
    for (const auto& [name, value] : row.params) state.counters[name] = value;
    try {
      const measure::Cost before = measure::cost_so_far();
      const overhead::Figures figures = backend::within_limits(
          row.name(), [&] { return overhead::find_experiment(row.experiment).run(row); });
      set_disturbance_counters(state, figures.cost.value_or(measure::cost_so_far() - before));
      for (const auto& [name, value] : figures.counters) state.counters[name] = value;
      state.SetIterationTime(figures.seconds);
    } catch (const backend::LimitReached&) {
      if (!options.sweep) throw;
      state.SetIterationTime(1e-9);
      state.counters["limit_reached"] = 1;
    }
  }
}

nlohmann::json describe_experiment(const Experiment& experiment) {
  nlohmann::json params = nlohmann::json::array();
  for (const Param& param : experiment.params)
    params.push_back({{"name", param.name},
                      {"default", param.standard},
                      {"minimum", param.minimum},
                      {"maximum", param.maximum},
                      {"choices", param.choices}});
  nlohmann::json backends = nlohmann::json::array();
  nlohmann::json left_out = nlohmann::json::array();
  for (const Contender& contender : experiment.contenders) {
    if (contender.left_out)
      left_out.push_back(contender.name);
    else
      backends.push_back({{"name", contender.name},
                          {"max_workers", contender.single_threaded ? 1 : backend::thread_limit()}});
  }
  return {{"name", experiment.name},
          {"measures", experiment.measures},
          {"params", params},
          {"backends", backends},
          {"left_out", left_out}};
}

nlohmann::json describe() {
  nlohmann::json experiments = nlohmann::json::array();
  for (const Experiment& experiment : overhead::experiment_table())
    experiments.push_back(describe_experiment(experiment));
  nlohmann::json context;
  for (const auto& [key, value] : measure::read_context()) context[key] = value;
  return {{"cores", measure::machine_cores()},
          {"experiments", experiments},
          {"machine", measure::machine_name(measure::machine_cores())},
          {"context", context}};
}

int run(int argc, char** argv) {
  CommandLine line("What a task, a hand-over and a wait cost beside the work.", "bench_overhead");
  Options options;
  declare(line, options);
  GoogleBenchmarkArguments google(argv[0]);
  if (const auto stop = parse(line, argc, argv, google)) return *stop;
  measure::start_under_mask(wanted_cores(options.cores, options.rows), argv);
  if (options.describe) {
    std::cout << to_text(describe(), 2) << std::endl;
    return exit_fine;
  }
  const Budget budget(options.budget);
  std::vector<OverheadRow> rows = named_rows(options);
  const auto cores = static_cast<int>(measure::allowed_cpus().size());
  for (OverheadRow& row : rows) row.cores = cores;
  if (rows.empty()) rows = overhead::default_rows(cores, options.experiments, options.backends);
  if (options.list) {
    for (const OverheadRow& row : rows) std::cout << row.name() << '\n';
    return exit_fine;
  }
  overhead::expect_pools_of(rows);
  for (const OverheadRow& row : rows)
    google.register_row(row.name(), [row, &options, &budget](benchmark::State& state) {
      run_row(state, row, options, budget);
    });
  return google.run(measure::read_context());
}

}  // namespace
}  // namespace bookstore

int main(int argc, char** argv) {
  return bookstore::guarded_main<bookstore::workload::WrongResult>(
      "bench_overhead", [&] { return bookstore::run(argc, argv); });
}
