#include "bench/rows/measured_row.hpp"

#include <benchmark/benchmark.h>

#include <cerrno>
#include <cstdint>

#include "bench/measure/probes/cost.hpp"
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

Patience::Patience(const std::string& text) {
  constexpr double most_seconds = 1e9;
  if (text.empty()) return;
  seconds_ = parse_positive("patience", text);
  if (*seconds_ > most_seconds)
    throw std::invalid_argument("patience is '" + text + "'; give at most 1e9 seconds");
}

measure::Watchdog Patience::watch(const std::string& row, double seconds) const {
  const auto limit = seconds_ ? std::chrono::nanoseconds(static_cast<std::int64_t>(*seconds_ * 1e9))
                              : measure::patience_for(seconds);
  return {program_invocation_short_name, row, limit, exit_wrong_result};
}

RowRunner::RowRunner(const ProcessOptions& options, GoogleBenchmarkArguments& google)
    : budget_(options.budget), patience_(options.patience), sweep_(options.sweep), google_(google) {
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
    const measure::Watchdog watchdog = patience_.watch(row.name, row.seconds);
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
