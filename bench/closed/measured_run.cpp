#include "bench/closed/measured_run.hpp"

#include <limits>

namespace bookstore {

RunFigures measure_row(const Row& row, bool memory, std::optional<std::uint64_t> known) {
  RunFigures figures;
  with_backend_and_locks(
      row, [&]<class Backend, class Locks>() { figures = measure_run<Backend, Locks>(row, memory, known); });
  return figures;
}

double cpu_speed() {
  constexpr int passes = 10;
  const auto& mix = workload::find_mix("shelving");
  workload::Parameters parameters;
  parameters.tasks = 1000;
  const workload::Plan plan(mix, parameters);
  std::int64_t best_ns = std::numeric_limits<std::int64_t>::max();
  for (int pass = 0; pass < passes; ++pass)
    best_ns = std::min(best_ns, do_once<workload::NoLocks>(plan).work_ns);
  return workload::nominal_cost(mix, parameters).cpu_ns * parameters.tasks / static_cast<double>(best_ns);
}

bool too_short(const RunFigures& figures, Wait longest_wait) {
  constexpr std::int64_t shortest_ns = 100'000'000;
  constexpr std::int64_t longest_waits = 20;
  return figures.run_ns < shortest_ns || figures.run_ns < longest_waits * longest_wait;
}

}  // namespace bookstore
