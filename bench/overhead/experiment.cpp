// The one place that knows all experiments.
#include <stdexcept>

#include "bench/backends/registry.hpp"
#include "bench/overhead/experiment.hpp"
#include "bench/overhead/experiments/burst.hpp"
#include "bench/overhead/experiments/cold_start.hpp"
#include "bench/overhead/experiments/contention.hpp"
#include "bench/overhead/experiments/day_memory.hpp"
#include "bench/overhead/experiments/gaps.hpp"
#include "bench/overhead/experiments/grain.hpp"
#include "bench/overhead/experiments/handover.hpp"
#include "bench/overhead/experiments/idle.hpp"
#include "bench/overhead/experiments/round_trip.hpp"
#include "bench/overhead/experiments/seam_price.hpp"
#include "bench/overhead/experiments/stocktake.hpp"
#include "bench/overhead/experiments/timer.hpp"
#include "bench/overhead/experiments/waiting.hpp"

namespace bookstore::overhead {

const std::vector<Experiment>& experiment_table() {
  static const std::vector<Experiment> table{
      grain_experiment(),      stocktake_experiment(),  seam_grain_experiment(), seam_stocktake_experiment(),
      handover_experiment(),   cold_start_experiment(), idle_experiment(),       burst_experiment(),
      gaps_experiment(),       waiting_experiment(),    timer_experiment(),      contention_experiment(),
      day_memory_experiment(), round_trip_experiment(),
  };
  return table;
}

const Experiment& find_experiment(std::string_view name) {
  std::string known;
  for (const Experiment& each : experiment_table()) {
    if (each.name == name) return each;
    known += (known.empty() ? "" : ", ") + each.name;
  }
  throw std::invalid_argument("unknown experiment '" + std::string(name) + "'; known: " + known);
}

const Contender& find_contender(const Experiment& experiment, std::string_view name) {
  std::string known;
  for (const Contender& each : experiment.contenders) {
    if (each.name == name) {
      if (!each.left_out) return each;
      throw std::invalid_argument("backend '" + each.name +
                                  "' was left out of this build: install its runtime and build again");
    }
    known += (known.empty() ? "" : ", ") + each.name;
  }
  throw std::invalid_argument("'" + experiment.name + "' has no backend '" + std::string(name) +
                              "'; known: " + known);
}

std::vector<Contender> all_backends() {
  std::vector<Contender> contenders;
  for (const auto& traits : backend::Registry::traits)
    contenders.push_back({.name = std::string(traits.name), .single_threaded = traits.single_threaded});
  for (const std::string_view name : backend::left_out)
    if (!name.empty()) contenders.push_back({.name = std::string(name), .left_out = true});
  return contenders;
}

}  // namespace bookstore::overhead
