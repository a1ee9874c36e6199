// One run of a row: what is set up outside of the clock, what is timed, and what is proved afterwards.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "bench/backends/any_backend.hpp"
#include "bench/closed/second_thread.hpp"
#include "bench/closed/slow_worker.hpp"
#include "bench/closed/step_times.hpp"
#include "bench/measure/machine/affinity.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/probes/roll_call.hpp"
#include "bench/measure/probes/whereabouts.hpp"
#include "bench/rows/row.hpp"
#include "bench/rows/row_service.hpp"
#include "bench/rows/work.hpp"
#include "bench/seam/limits.hpp"
#include "bench/seam/placement.hpp"
#include "workloads/bookstore/locks.hpp"
#include "workloads/bookstore/shop.hpp"

namespace bookstore {

// What only a run in virtual time knows.
struct VirtualFigures {
  double mean_begun = 0;  // tasks begun and not done
  double claim_busy = 0;  // the part of the run in which the busiest shared counter was being claimed from
  double lock_busy = 0;   // in which the lock that was taken most was held
};

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
  std::optional<VirtualFigures> in_virtual_time;
  std::optional<ServiceFigures> service;  // of waits that are real
  std::optional<ShopTimes> alone;         // of the baseline, whose steps nothing is in the way of
};

// What a plan must end in, and what its steps cost when nothing is in their way.
struct Reference {
  std::uint64_t digest = 0;
  std::int64_t work_ns = 0;
};

// Does the plan directly once, in a shop of its own of that kind.
template <class Shop>
Reference do_once(const typename Shop::Plan& plan) {
  Shop shop(plan);
  shop.open();
  const std::int64_t before = measure::thread_cpu_ns();
  do_directly(shop);
  const std::int64_t work_ns = measure::thread_cpu_ns() - before;
  shop.close();
  return {.digest = shop.digest(), .work_ns = work_ns};
}

// Does the plan of such a shop directly. Single-threaded rows are compared with a shop without locks, as all
// are.
// A short plan ends before its caches are warm: it is done again, up to `most_passes` times, and the best
// pass counts. How often depends on the machine's speed, and with it the state in which the heap is left; one
// pass leaves the same in every process.
template <class Shop>
Reference do_reference(const typename Shop::Plan& plan, int most_passes = 5) {
  constexpr std::int64_t long_enough_ns = 20'000'000;
  Reference reference;
  std::int64_t total_ns = 0;
  for (int pass = 0; pass < most_passes && (pass == 0 || total_ns < long_enough_ns); ++pass) {
    const Reference once = do_once<typename Shop::Unlocked>(plan);
    total_ns += once.work_ns;
    reference.work_ns = pass == 0 ? once.work_ns : std::min(reference.work_ns, once.work_ns);
    reference.digest = once.digest;
  }
  return reference;
}

// Throws WrongResult unless the shop closed with all sums right and with this digest; unless every task is
// done, too, if `all_done`.
template <class Shop>
void prove_result(const Row& row, const Shop& shop, std::uint64_t expected, bool all_done = true) {
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

// Calls visit.operator()<Backend, Shop>() for the row's shop, by its locks, or Service, with Simulated or,
// for all that run on the machine, AnyBackend. Where a shop has locks they cost what they cost a process with
// several threads, also when one of them works. In virtual time one step is run after the other, whatever it
// costs: its shop needs no locks.
template <class Visit>
void with_backend_and_shop(const Row& row, const Visit& visit) {
  if (row.is_virtual()) {
    if (row.is_service()) return visit.template operator()<backend::Simulated, workload::Service>();
    return visit.template operator()<backend::Simulated, workload::Shop<workload::NoLocks>>();
  }
  if (row.is_service()) return visit.template operator()<backend::AnyBackend, workload::Service>();
  if (backend::find_backend(row.backend).single_threaded && !row.locks)
    return visit.template operator()<backend::AnyBackend, workload::Shop<workload::NoLocks>>();
  const SecondThread second;
  visit.template operator()<backend::AnyBackend, workload::Shop<workload::ShelfLocks>>();
}

// The row's backend with that team: the one of that type, or, for AnyBackend, the one that the row names. On
// the machine's time its workers have answered.
template <class Backend = backend::AnyBackend>
Backend make_backend(const Row& row, const backend::Team& team, backend::Load load = backend::Load::closed) {
  if constexpr (std::same_as<Backend, backend::AnyBackend>)
    return Backend(row.backend, team, load);
  else
    return backend::make_backend<Backend>(team, load);
}

// Opens and closes a shop through the backend, where that is part of what is timed; else directly. Returns
// the nanoseconds that it took through the backend. Nobody opens or closes a service.
template <class Run, class Locks>
std::int64_t open_through(const Run& run, workload::Shop<Locks>& shop) {
  if (opens_and_closes(shop.plan())) return run(workload::Opening<Locks>{shop});
  shop.open();
  return 0;
}
template <class Run, class Locks>
std::int64_t close_through(const Run& run, workload::Shop<Locks>& shop) {
  if (opens_and_closes(shop.plan())) return run(workload::Closing<Locks>{shop});
  shop.close();
  return 0;
}
template <class Run>
std::int64_t open_through(const Run&, workload::Service& service) {
  service.open();
  return 0;
}
template <class Run>
std::int64_t close_through(const Run&, workload::Service& service) {
  service.close();
  return 0;
}

// CPUs that the threads of a row may use. Pinned workers have a part each. Throws std::runtime_error where
// threads differ that should not.
int mask_size(const Row& row, const backend::BackendTraits& traits);

// Checks what a row of that name claims of itself: the CPUs in its mask, its workers. Throws
// std::runtime_error.
void prove_claims(const std::string& name, const Row& row, const backend::BackendTraits& traits,
                  int effective_cores, int effective_workers);

// The service that answers the row's waits; null where they are timers.
template <class Backend>
std::unique_ptr<RowService> make_service(const Row& row, std::uint32_t tasks, const Backend& backend) {
  if (!row.real_waits()) return nullptr;
  return std::make_unique<RowService>(row, tasks, [&backend] { return backend.worker(); });
}

// Calls run(), by whose service it may fail.
template <class Run>
auto with_service(const std::unique_ptr<RowService>& service, const Run& run) {
  return service ? service->guarded(run) : run();
}

template <class Backend>
inline constexpr bool runs_in_virtual_time = std::same_as<Backend, backend::Simulated>;

// The part of a measured run that a backend in virtual time answers for itself.
void take_figures(const Row& row, const model::ShopFigures& played, RunFigures& figures);

// Times one run of the shop under the backend. The shop is new. `service` is there where the row's waits are
// real.
template <class Backend, class Shop>
RunFigures time_run(const Row& row, Backend& backend, Shop& shop, RowService* service) {
  const auto alone = [&](auto&& job) { return backend.run(job, backend::AllAtOnce{}).ns(); };
  RunFigures figures;
  figures.open_ns = open_through(alone, shop);
  backend::AllAtOnce door;
  if (row.in_flight != 0) door.in_flight = row.in_flight;
  if constexpr (runs_in_virtual_time<Backend>) {
    figures.run_ns = backend.run(shop, door).ns();
    take_figures(row, backend.figures(), figures);
    figures.close_ns = close_through(alone, shop);
    return figures;
  }
  measure::ThreadIndex threads;
  measure::Whereabouts whereabouts(row.workers);
  const measure::Watched probe(whereabouts, backend, measure::Headcount(threads));
  const auto run = [&]<class J>(J& job) {
    if constexpr (std::same_as<Backend, backend::AnyBackend>)
      if (service != nullptr) return backend.run(job, door, probe, service->waiter()).ns();
    if constexpr (std::same_as<J, Shop>) return backend.run(job, door, probe).ns();
    // Whose first worker is some times slower: two calls through a pointer a step are not seen.
    backend::Probed probed(job, probe);
    return backend.run(probed, door).ns();
  };
  with_worker_speeds(row, backend, shop, [&](auto& job) {
    if (service != nullptr) service->begin();
    const measure::Cost before = measure::cost_so_far();
    figures.run_ns = run(job);
    figures.cost = measure::cost_so_far() - before;
    if (service != nullptr) figures.service = service->figures();
  });
  figures.close_ns = close_through(alone, shop);
  figures.effective_workers = threads.threads();
  figures.effective_cores = mask_size(row, backend.traits);
  return figures;
}

// Does a part of the row's work directly, on a shop that nobody looks at.
template <class Shop>
void warm_up(const Row& row) {
  constexpr double enough_ns = 8e6;
  Row part = row;
  part.parameters.tasks =
      std::clamp(std::floor(enough_ns / nominal_cost(row).cpu_ns), 1.0, row.parameters.tasks);
  const auto plan = make_plan<Shop>(part);
  typename Shop::Unlocked shop(plan);
  shop.open();
  do_directly(shop);
}

// Looks at nothing.
struct NoInspection {
  template <class Shop>
  void operator()(const Shop&) const {}
};

// Sets up, runs, proves. With `memory`, the peak resident size of plan, pool, shop and run over what the
// process had before. `known` is the digest that the plan must end in, where it was found directly before:
// then the plan is not done directly again, and work_ns stays 0. `inspect` sees the shop after the run.
template <class Backend, class Shop, class Inspect = NoInspection>
RunFigures measure_run(const Row& row, bool memory, std::optional<std::uint64_t> known = {},
                       Inspect inspect = {}) {
  backend::require_memory(row.parameters.tasks * row.slow * bytes_per_task<Shop>(row));
  if (memory) measure::reset_peak_memory();
  const std::int64_t memory_before = memory ? measure::peak_memory_bytes() : 0;
  const auto plan = make_plan<Shop>(row);
  // The direct run before the timed one warms the caches for every backend alike; where memory counts it
  // comes after.
  Reference reference;
  if (known) {
    reference.digest = *known;
    if (!memory) warm_up<Shop>(row);
  } else if (!memory) {
    reference = do_reference<Shop>(plan);
  }
  auto backend = make_backend<Backend>(row, row.team());
  if constexpr (!runs_in_virtual_time<Backend>) measure::call_roll(backend, row.team());
  auto service = make_service(row, plan.size(), backend);
  Shop shop(plan);
  RunFigures figures = with_service(service, [&] { return time_run(row, backend, shop, service.get()); });
  if (memory) {
    figures.peak_memory_bytes = measure::peak_memory_bytes() - memory_before;
    if (!known) reference = do_reference<Shop>(plan);
  }
  figures.work_ns = reference.work_ns;
  figures.digest = reference.digest;
  prove_result(row, shop, reference.digest);
  prove_claims(row.name(), row, backend.traits, figures.effective_cores, figures.effective_workers);
  inspect(shop);
  if constexpr (!runs_in_virtual_time<Backend> && std::same_as<Shop, workload::Shop<workload::NoLocks>>) {
    const bool one_after_the_other =
        backend.traits.single_threaded && backend.traits.waits == backend::Waits::blocking;
    if (one_after_the_other && !memory) figures.alone = time_shop(plan);
  }
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
