// One run of a row: what is set up outside of the clock, what is timed, and what is proved afterwards.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "bench/backends/registry.hpp"
#include "bench/closed/second_thread.hpp"
#include "bench/measure/machine/affinity.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/probes/roll_call.hpp"
#include "bench/measure/probes/whereabouts.hpp"
#include "bench/rows/row.hpp"
#include "bench/seam/limits.hpp"
#include "bench/seam/placement.hpp"
#include "workloads/bookstore/locks.hpp"
#include "workloads/bookstore/shop.hpp"

namespace bookstore {

// The figures of one run; times in nanoseconds.
struct RunFigures {
  std::int64_t run_ns = 0;   // all tasks, without opening and closing
  std::int64_t open_ns = 0;  // through the backend, for workloads that open and close
  std::int64_t close_ns = 0;
  std::int64_t work_ns = 0;   // CPU of all steps, done directly; 0 where they were not
  measure::Cost cost;         // over run_ns
  int effective_workers = 0;  // threads that ran steps
  int effective_cores = 0;    // CPUs in every thread's mask
  std::int64_t peak_memory_bytes = 0;
  std::uint64_t digest = 0;
};

// What a plan must end in, and what its steps cost when nothing is in their way.
struct Reference {
  std::uint64_t digest = 0;
  std::int64_t work_ns = 0;
};

// Does the plan directly once, in a shop of its own that has such locks.
template <class Locks>
Reference do_once(const workload::Plan& plan) {
  workload::Shop<Locks> shop(plan);
  shop.open();
  const std::int64_t before = measure::thread_cpu_ns();
  workload::do_directly(shop);
  const std::int64_t work_ns = measure::thread_cpu_ns() - before;
  shop.close();
  return {.digest = shop.digest(), .work_ns = work_ns};
}

// Does the plan directly. Single-threaded rows are compared with a shop without locks, as all are.
// A short plan ends before its caches are warm: it is done again, up to `most_passes` times, and the best
// pass counts. How often depends on the machine's speed, and with it the state in which the heap is left; one
// pass leaves the same in every process.
inline Reference do_reference(const workload::Plan& plan, int most_passes = 5) {
  constexpr std::int64_t long_enough_ns = 20'000'000;
  Reference reference;
  std::int64_t total_ns = 0;
  for (int pass = 0; pass < most_passes && (pass == 0 || total_ns < long_enough_ns); ++pass) {
    const Reference once = do_once<workload::NoLocks>(plan);
    total_ns += once.work_ns;
    reference.work_ns = pass == 0 ? once.work_ns : std::min(reference.work_ns, once.work_ns);
    reference.digest = once.digest;
  }
  return reference;
}

// Throws WrongResult unless the shop closed with all sums right and with this digest; unless every task is
// done, too, if `all_done`.
template <class Locks>
void prove_result(const Row& row, const workload::Shop<Locks>& shop, std::uint64_t expected,
                  bool all_done = true) {
  try {
    shop.audit().prove(all_done);
  } catch (const workload::WrongResult& wrong) {
    throw workload::WrongResult(row.name() + ": " + wrong.what());
  }
  if (shop.digest() != expected)
    throw workload::WrongResult(row.name() + ": the shop's digest differs from the sequential one");
}

// Throws WrongResult unless the digest is the one that a row is expected to end in, where there is one.
void prove_expected(const Row& row, std::uint64_t digest, std::optional<std::uint64_t> expected);

// Calls visit.operator()<Backend, Locks>() for the row's backend and the locks of its shop. Where it has
// locks they cost what they cost a process with several threads, also when one of them works.
template <class Visit>
void with_backend_and_locks(const Row& row, const Visit& visit) {
  backend::with_backend(row.backend, [&]<class Backend>() {
    if constexpr (Backend::traits.single_threaded)
      if (!row.locks) return visit.template operator()<Backend, workload::NoLocks>();
    const SecondThread second;
    visit.template operator()<Backend, workload::ShelfLocks>();
  });
}

// CPUs that the threads of a row may use. Pinned workers have a part each. Throws std::runtime_error where
// threads differ that should not.
int mask_size(const Row& row, const backend::BackendTraits& traits);

// Checks what a row of that name claims of itself: the CPUs in its mask, its workers. Throws
// std::runtime_error.
void prove_claims(const std::string& name, const Row& row, const backend::BackendTraits& traits,
                  int effective_cores, int effective_workers);

// Times one run of the shop under the backend. The shop is new.
template <class Backend, class Locks>
RunFigures time_run(const Row& row, Backend& backend, workload::Shop<Locks>& shop) {
  const auto timed = [&](auto&& job, auto door, auto probe) { return backend.run(job, door, probe).ns(); };
  const bool opens = shop.plan().mix().opens_and_closes;
  RunFigures figures;
  if (opens)
    figures.open_ns = timed(workload::Opening<Locks>{shop}, backend::AllAtOnce{}, backend::NoProbe{});
  else
    shop.open();
  measure::ThreadIndex threads;
  backend::AllAtOnce door;
  if (row.in_flight != 0) door.in_flight = row.in_flight;
  measure::Whereabouts whereabouts(row.workers);
  const measure::Watched probe(whereabouts, backend, measure::Headcount(threads));
  const measure::Cost before = measure::cost_so_far();
  figures.run_ns = timed(shop, door, probe);
  figures.cost = measure::cost_so_far() - before;
  if (opens)
    figures.close_ns = timed(workload::Closing<Locks>{shop}, backend::AllAtOnce{}, backend::NoProbe{});
  else
    shop.close();
  figures.effective_workers = threads.threads();
  figures.effective_cores = mask_size(row, Backend::traits);
  return figures;
}

// Does a part of the row's work directly, on a shop that nobody looks at.
inline void warm_up(const Row& row) {
  constexpr double enough_ns = 8e6;
  const workload::Mix& mix = workload::find_mix(row.workload);
  workload::Parameters parameters = row.parameters;
  const double enough = std::floor(enough_ns / workload::nominal_cost(mix, parameters).cpu_ns);
  parameters.tasks = std::clamp(enough, 1.0, parameters.tasks);
  const workload::Plan plan(mix, parameters);
  workload::Shop<workload::NoLocks> shop(plan);
  shop.open();
  workload::do_directly(shop);
}

// Looks at nothing.
struct NoInspection {
  template <class Shop>
  void operator()(const Shop&) const {}
};

// Sets up, runs, proves. With `memory`, the peak resident size of plan, pool, shop and run over what the
// process had before. `known` is the digest that the plan must end in, where it was found directly before:
// then the plan is not done directly again, and work_ns stays 0. `inspect` sees the shop after the run.
template <class Backend, class Locks, class Inspect = NoInspection>
RunFigures measure_run(const Row& row, bool memory, std::optional<std::uint64_t> known = {},
                       Inspect inspect = {}) {
  using Shop = workload::Shop<Locks>;
  backend::require_memory(row.parameters.tasks * (workload::Plan::bytes_per_task + Shop::bytes_per_task));
  if (memory) measure::reset_peak_memory();
  const std::int64_t memory_before = memory ? measure::peak_memory_bytes() : 0;
  const workload::Plan plan(workload::find_mix(row.workload), row.parameters);
  // The direct run before the timed one warms the caches for every backend alike; where memory counts it
  // comes after.
  Reference reference;
  if (known) {
    reference.digest = *known;
    if (!memory) warm_up(row);
  } else if (!memory) {
    reference = do_reference(plan);
  }
  auto backend = backend::make_backend<Backend>(row.team());
  measure::call_roll(backend);
  Shop shop(plan);
  RunFigures figures = time_run(row, backend, shop);
  if (memory) {
    figures.peak_memory_bytes = measure::peak_memory_bytes() - memory_before;
    if (!known) reference = do_reference(plan);
  }
  figures.work_ns = reference.work_ns;
  figures.digest = reference.digest;
  prove_result(row, shop, reference.digest);
  prove_claims(row.name(), row, Backend::traits, figures.effective_cores, figures.effective_workers);
  inspect(shop);
  return figures;
}

// The same for a row by its names.
RunFigures measure_row(const Row& row, bool memory, std::optional<std::uint64_t> known = {});

// How many times faster than nominal this machine does shelving: at its best, so that a busy machine is not
// taken for a slow one.
double cpu_speed();

// Whether the run is shorter than 100 ms or 20 of its longest waits: then its figures per task do not count.
bool too_short(const RunFigures& figures, Wait longest_wait);

}  // namespace bookstore
