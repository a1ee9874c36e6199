#include "bench/closed/measured_run.hpp"

#include <limits>

#include "bench/shell/numbers.hpp"

namespace bookstore {

RunFigures measure_row(const Row& row, bool memory, std::optional<std::uint64_t> known) {
  RunFigures figures;
  with_backend_and_shop(
      row, [&]<class Backend, class Shop>() { figures = measure_run<Backend, Shop>(row, memory, known); });
  return figures;
}

void take_figures(const Row& row, const model::ShopFigures& played, RunFigures& figures) {
  figures.cost.cpu_ns = played.cpu_ns;
  figures.cost.voluntary_switches = static_cast<std::int64_t>(played.sleeps);
  figures.cost.involuntary_switches = static_cast<std::int64_t>(played.preemptions);
  figures.effective_workers = static_cast<int>(played.busy_workers);
  figures.effective_cores = row.cores;
  const auto span = static_cast<double>(std::max<std::int64_t>(played.end - played.begin, 1));
  figures.in_virtual_time = {.mean_begun = played.mean_begun,
                             .claim_busy = static_cast<double>(played.claim_busy_ns) / span,
                             .lock_busy = static_cast<double>(played.lock_busy_ns) / span};
}

int mask_size(const Row& row, const backend::BackendTraits& traits) {
  return backend::wants_pins(traits, row.team()) ? measure::joint_mask_size() : measure::common_mask_size();
}

void prove_claims(const std::string& name, const Row& row, const backend::BackendTraits& traits,
                  int effective_cores, int effective_workers) {
  const bool pinned = backend::wants_pins(traits, row.team());
  if (pinned ? effective_cores < row.workers || effective_cores > row.cores : effective_cores != row.cores)
    throw std::runtime_error(name + ": the mask has " + std::to_string(effective_cores) + " CPUs");
  if (effective_workers > row.workers)
    throw std::runtime_error(name + ": " + std::to_string(effective_workers) + " threads ran tasks");
}

void prove_expected(const Row& row, std::uint64_t digest, std::optional<std::uint64_t> expected) {
  if (expected && digest != *expected)
    throw workload::WrongResult(row.name() + ": the digest is " + hexadecimal(digest) + ", not " +
                                hexadecimal(*expected));
}

double cpu_speed() {
  constexpr int passes = 10;
  const auto& mix = workload::find_mix("shelving");
  workload::Parameters parameters;
  parameters.tasks = 1000;
  const workload::Plan plan(mix, parameters);
  std::int64_t best_ns = std::numeric_limits<std::int64_t>::max();
  for (int pass = 0; pass < passes; ++pass)
    best_ns = std::min(best_ns, do_once<workload::Shop<workload::NoLocks>>(plan).work_ns);
  return workload::nominal_cost(mix, parameters).cpu_ns * parameters.tasks / static_cast<double>(best_ns);
}

bool too_short(const RunFigures& figures, Wait longest_wait) {
  constexpr std::int64_t shortest_ns = 100'000'000;
  constexpr std::int64_t longest_waits = 20;
  // No timer is late in virtual time, and nobody disturbs it.
  if (figures.in_virtual_time) return figures.run_ns < longest_waits * longest_wait;
  return figures.run_ns < shortest_ns || figures.run_ns < longest_waits * longest_wait;
}

}  // namespace bookstore
