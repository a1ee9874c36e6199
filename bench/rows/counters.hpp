// A row's parameters, and what disturbed it, as Google Benchmark counters, so that nobody parses names.
#pragma once

#include <benchmark/benchmark.h>

#include <string>

#include "bench/backends/registry.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/rows/row.hpp"
#include "bench/rows/row_service.hpp"
#include "bench/rows/work.hpp"
#include "bench/seam/placement.hpp"

namespace bookstore {

inline void set_parameter_counters(benchmark::State& state, const Row& row) {
  state.counters["cores"] = row.cores;
  state.counters["workers"] = row.workers;
  for (const auto& info : workload::parameter_table())
    state.counters[std::string(info.name)] = row.parameters.*(info.member);
  if (row.is_service()) {
    const workload::NominalCost cost = nominal_cost(row);
    state.counters["shape_steps"] = static_cast<double>(row.shape.steps.size());
    state.counters["shape_cpu_us"] = row.shape.cpu_ns() * row.parameters.cpu_scale / 1e3;
    state.counters["shape_wait_us"] = cost.wait_ns / 1e3;
    state.counters["spread_exponential"] = row.shape.spread == workload::Spread::exponential ? 1 : 0;
    state.counters["spread_lognormal"] = row.shape.spread == workload::Spread::lognormal ? 1 : 0;
  }
  if (row.workload != null_workload) state.counters["waits_per_task"] = nominal_cost(row).waits_per_task;
  state.counters["overlapped"] = row.ways().waits == backend::Waits::overlapped ? 1 : 0;
  if (row.is_virtual()) {
    state.counters["virtual_time"] = 1;
    state.counters["as_" + row.as] = 1;
    state.counters["nominal_costs"] = row.costs ? 0 : 1;
  }
  state.counters["in_flight"] = row.in_flight;
  state.counters["locks"] = row.locked() ? 1 : 0;
  state.counters["pinned"] = backend::wants_pins(backend::find_backend(row.backend), row.team()) ? 1 : 0;
  state.counters["slow"] = row.slow;
  state.counters["static"] = row.static_split ? 1 : 0;
  state.counters["per_thread"] = row.per_thread ? 1 : 0;
  state.counters["waits_unix"] = row.waits == backend::WaitsBy::unix_socket ? 1 : 0;
  state.counters["waits_tcp"] = row.waits == backend::WaitsBy::tcp ? 1 : 0;
  state.counters["desk"] = row.desk;
  state.counters["pinned_given"] = row.pinned ? 1 : 0;
}

// What a label says of a row whose costs are no machine's.
inline std::string costs_note(const Row& row) {
  return row.is_virtual() && !row.costs ? "; at nominal costs, give --costs" : "";
}

// How many of the row's workers ran tasks, and whether these are fewer than it claims (less than 95 %) though
// `enough` says that there were tasks for all of them.
inline void set_worker_counters(benchmark::State& state, const Row& row, int effective_workers, bool enough) {
  constexpr double all_but_few = 0.95;
  state.counters["effective_workers"] = effective_workers;
  state.counters["fewer_workers"] = enough && effective_workers < all_but_few * row.workers ? 1 : 0;
}

// What kept a run from having its CPUs for itself.
inline void set_disturbance_counters(benchmark::State& state, const measure::Cost& cost) {
  for (const auto& [name, value] : measure::disturbance_counters(cost)) state.counters[name] = value;
}

// What the service did whose answers were the waits of so many tasks.
inline void set_service_counters(benchmark::State& state, const ServiceFigures& figures, double tasks) {
  const auto us = [](std::int64_t ns) { return static_cast<double>(ns) / 1e3; };
  auto& counters = state.counters;
  counters["service_outside"] = figures.outside ? 1 : 0;
  counters["service_connections"] = static_cast<double>(figures.connections);
  counters["service_cpu_us_per_task"] = us(figures.account.cpu_ns) / tasks;
  counters["service_late_p50_us"] = us(figures.account.late_p50);
  counters["service_late_p99_us"] = us(figures.account.late_p99);
  counters["service_late_max_us"] = us(figures.account.late_max);
}

// Those of all that `work` does: for rows that are many runs.
template <class Work>
void count_disturbances(benchmark::State& state, const Work& work) {
  const measure::Cost before = measure::cost_so_far();
  work();
  set_disturbance_counters(state, measure::cost_so_far() - before);
}

}  // namespace bookstore
