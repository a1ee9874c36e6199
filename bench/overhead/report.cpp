#include "bench/overhead/report.hpp"

#include <benchmark/benchmark.h>

#include <nlohmann/json.hpp>

#include "bench/measure/probes/cost.hpp"
#include "bench/overhead/experiment.hpp"
#include "bench/rows/counters.hpp"
#include "bench/seam/limits.hpp"

namespace bookstore::overhead {

namespace {

void set_parameters(benchmark::State& state, const OverheadRow& row) {
  state.counters["cores"] = row.cores;
  state.counters["workers"] = row.workers;
  for (const Param& param : find_experiment(row.experiment).params) {
    const double value = row.param(param.name);
    if (param.names.empty()) state.counters[param.name] = value;
    for (std::size_t named = 1; named < param.names.size(); ++named)
      state.counters[param.name + "_" + param.names[named]] = value == static_cast<double>(named) ? 1 : 0;
  }
}

void run_experiment(benchmark::State& state, const OverheadRow& row) {
  const Experiment& experiment = find_experiment(row.experiment);
  if (experiment.bytes) backend::require_memory(experiment.bytes(row));
  const measure::Cost before = measure::cost_so_far();
  const Figures figures = experiment.run(row);
  set_disturbance_counters(state, figures.cost.value_or(measure::cost_so_far() - before));
  for (const auto& [name, value] : figures.counters) state.counters[name] = value;
  state.SetIterationTime(figures.seconds);
}

nlohmann::json describe_experiment(const Experiment& experiment) {
  nlohmann::json params = nlohmann::json::array();
  for (const Param& param : experiment.params)
    params.push_back({{"name", param.name},
                      {"default", param.standard},
                      {"minimum", param.minimum},
                      {"maximum", param.maximum},
                      {"choices", param.choices},
                      {"names", param.names}});
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

}  // namespace

MeasuredRow measured_row(const OverheadRow& row) {
  return {.name = row.name(),
          .seconds = find_experiment(row.experiment).seconds(row),
          .set_parameters = [row](benchmark::State& state) { set_parameters(state, row); },
          .measure = [row](benchmark::State& state) { run_experiment(state, row); }};
}

nlohmann::json describe_experiments() {
  nlohmann::json experiments = nlohmann::json::array();
  for (const Experiment& experiment : experiment_table())
    experiments.push_back(describe_experiment(experiment));
  return experiments;
}

}  // namespace bookstore::overhead
