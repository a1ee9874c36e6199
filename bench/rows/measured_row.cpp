#include "bench/rows/measured_row.hpp"

#include <benchmark/benchmark.h>

#include <cerrno>
#include <chrono>
#include <cstdint>

#include "bench/measure/probes/cost.hpp"
#include "bench/measure/probes/watchdog.hpp"
#include "bench/seam/limits.hpp"
#include "bench/shell/numbers.hpp"

namespace bookstore {

void add_process_options(CommandLine& line, ProcessOptions& options) {
  line.text("budget", options.budget, "Seconds; no row is started that would pass it");
  line.text("patience", options.patience,
            "Seconds after which a row is taken to hang (default: 60, and 20 times what it should take)");
  line.flag("sweep", options.sweep, "A row that meets a limit of the machine is marked, not an error");
  line.flag("list", options.list, "Print the names of the rows, run nothing");
}

RowRunner::RowRunner(const ProcessOptions& options, GoogleBenchmarkArguments& google)
    : budget_(options.budget), sweep_(options.sweep), google_(google) {
  constexpr double most_seconds = 1e9;
  if (!options.patience.empty()) {
    patience_ = parse_positive("patience", options.patience);
    if (*patience_ > most_seconds)
      throw std::invalid_argument("patience is '" + options.patience + "'; give at most 1e9 seconds");
  }
  measure::open_accounts();
}

void RowRunner::add(const MeasuredRow& row) {
  google_.register_row(row.name, [this, row](benchmark::State& state) { run(row, state); });
}

void RowRunner::run(const MeasuredRow& row, benchmark::State& state) const {
  for ([[maybe_unused]] auto iteration : state) {
    if (!budget_.allows(row.seconds)) return state.SkipWithError("not run: it would pass --budget");
    row.set_parameters(state);
    state.counters["limit_reached"] = 0;
    const auto limit = patience_ ? std::chrono::nanoseconds(static_cast<std::int64_t>(*patience_ * 1e9))
                                 : measure::patience_for(row.seconds);
    const measure::Watchdog watchdog(program_invocation_short_name, row.name, limit, exit_wrong_result);
    try {
      backend::within_limits(row.name, [&] { row.measure(state); });
    } catch (const backend::LimitReached&) {
      if (!sweep_) throw;
      state.SetIterationTime(1e-9);
      state.counters["limit_reached"] = 1;
    }
  }
}

}  // namespace bookstore
