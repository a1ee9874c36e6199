#include "bench/open/theory_report.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "bench/measure/machine/affinity.hpp"
#include "bench/rows/counters.hpp"
#include "bench/shell/exit_code.hpp"
#include "workloads/bookstore/parameters.hpp"

namespace bookstore {

namespace {

void set_theory_counters(benchmark::State& state, const TheoryResult& result) {
  auto& counters = state.counters;
  counters["workers"] = result.which.workers;
  counters["rho"] = result.which.rho;
  counters["tasks"] = static_cast<double>(result.tasks);
  counters["mean_service_us"] = result.mean_service_us;
  counters["mean_wait_us"] = result.measured_wait_us;
  counters["queueing_us"] = result.queueing_us;
  counters["queueing_lower_us"] = result.queueing_lower_us;
  counters["queueing_upper_us"] = result.queueing_upper_us;
  counters["erlang_wait_us"] = result.erlang_wait_us;
  counters["recursion_wait_us"] = result.recursion_wait_us;
  counters["mean_lateness_us"] = result.mean_lateness_us;
  counters["p99_lateness_us"] = result.p99_lateness_us;
  counters["starts_within_p99"] = result.starts_within_p99;
  counters["recursion_holds"] = result.recursion_holds() ? 1 : 0;
  counters["erlang_holds"] = result.erlang_holds() ? 1 : 0;
}

}  // namespace

std::string theory_table(const std::vector<TheoryResult>& results) {
  std::string table =
      "| workers | rho | tasks | mean service | queueing (interval) | Erlang C | in it | wait from the "
      "arrival | "
      "recursion | apart, allowed | starts within p99 lateness |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const TheoryResult& r : results) {
    char line[256];
    std::snprintf(
        line, sizeof line,
        "| %d | %.1f | %llu | %.0f us | %.0f us (%.0f to %.0f) | %.0f us | %s | %.0f us | %.0f us | "
        "%.0f us, %.0f us | %.1f %% |\n",
        r.which.workers, r.which.rho, static_cast<unsigned long long>(r.tasks), r.mean_service_us,
        r.queueing_us, r.queueing_lower_us, r.queueing_upper_us, r.erlang_wait_us,
        r.erlang_holds() ? (r.precise_enough() ? "yes" : "wide") : "NO", r.measured_wait_us,
        r.recursion_wait_us, std::abs(r.measured_wait_us - r.recursion_wait_us), 2 * r.mean_lateness_us,
        100 * r.starts_within_p99);
    table += line;
  }
  return table;
}

int run_theory(GoogleBenchmarkArguments& google,
               const std::vector<std::pair<std::string, std::string>>& context, const Patience& patience) {
  std::vector<TheoryResult> results;
  const std::string cores = std::to_string(measure::allowed_cpus().size());
  for (const TheoryCase& which : theory_cases()) {
    const std::string name = "theory/threads/cores:" + cores + "/workers:" + std::to_string(which.workers) +
                             "/rho:" + workload::parameter_text(which.rho);
    google.register_row(name, [&results, &patience, name, which](benchmark::State& state) {
      for ([[maybe_unused]] auto iteration : state) {
        const double seconds = theory_seconds(which);
        const measure::Watchdog watchdog = patience.watch(name, seconds);
        count_disturbances(state, [&] { results.push_back(check_theory(which, seconds)); });
        state.SetIterationTime(seconds);
        set_theory_counters(state, results.back());
      }
    });
  }
  google.run(context);
  std::cout << '\n' << theory_table(results) << std::flush;
  if (!std::ranges::all_of(
          results, [](const TheoryResult& each) { return each.recursion_holds() && each.erlang_holds(); }))
    return exit_wrong_result;
  return std::ranges::all_of(results, &TheoryResult::precise_enough) ? exit_fine : exit_inconclusive;
}

}  // namespace bookstore
