// The figures of open runs as users meet them: Google Benchmark counters, percentile texts, time series.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "bench/measure/probes/floor.hpp"
#include "bench/open/capacity.hpp"
#include "bench/open/open_run.hpp"
#include "bench/open/slo.hpp"
#include "bench/open/theory.hpp"
#include "bench/rows/open_row.hpp"

namespace benchmark {
class State;
}

namespace bookstore {

// Every figure as a counter, the verdict with its reasons as the label. A percentile with too few effective
// samples is left out, and latency_<p>_tasks_needed stands in its place.
void set_open_counters(benchmark::State& state, const OpenRow& row, const OpenFigures& figures,
                       const measure::Floor& floor);
void set_capacity_counters(benchmark::State& state, const OpenRow& row, const Slo& slo,
                           const Capacity& capacity);
void set_theory_counters(benchmark::State& state, const TheoryResult& result);

// One line for the terminal.
std::string floor_line(const measure::Floor& floor);

// <folder>/<row's name with '/' as '_'>.hgrm, of the latencies in the window.
void write_row_hgrm(const std::string& folder, const OpenRow& row, const OpenFigures& figures);

// {"name", "bin_us", "arrivals": tasks intended in each bin, "in_flight": tasks arrived and unfinished at the
// end of each bin}: 400 bins over the run.
nlohmann::json time_series(const OpenRow& row, const OpenFigures& figures);

}  // namespace bookstore
