#include "bench/overhead/experiments/handover.hpp"

#include "bench/backends/any_backend.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/probes/roll_call.hpp"
#include "bench/measure/statistics/percentiles.hpp"
#include "bench/overhead/support/fork_tree.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore::overhead {

namespace {

using backend::SteadyClock;

// Hand-overs before those that count.
constexpr int warm_up = 10;

std::int64_t gap_of(const OverheadRow& row) { return static_cast<std::int64_t>(row.param("gap_us") * 1e3); }

// What hand-overs came to.
struct HandOvers {
  explicit HandOvers(const OverheadRow& row) : delays(static_cast<std::size_t>(row.param("tasks"))) {}

  std::vector<std::int64_t> delays;  // ns
  std::int64_t run_ns = 0;
  std::int64_t voluntary_switches = 0;  // of the process
  int apart = 0;                        // started on another thread than the one that handed them over
  int same_cpu = 0;                     // from inside: on the CPU that the forker kept
};

// Calls once() for the warm-up, then answer = once() for each delay, and fills in what all of them took.
template <class Once>
void hand_over_often(HandOvers& all, const Once& once) {
  for (int i = 0; i < warm_up; ++i) once();
  all.apart = all.same_cpu = 0;
  const SteadyClock clock;
  const measure::Cost before = measure::cost_so_far();
  const std::int64_t start = clock.now();
  for (std::int64_t& delay : all.delays) delay = once();
  all.run_ns = clock.now() - start;
  all.voluntary_switches = (measure::cost_so_far() - before).voluntary_switches;
}

// A run for each, in which the pool comes to rest before the task arrives, however late the last one was.
HandOvers from_outside(const OverheadRow& row) {
  const backend::Load load = outside_load(backend::find_backend(row.backend));
  backend::AnyBackend backend(row.backend, row.workers, load);
  measure::call_roll(backend, load);
  HandOvers all(row);
  hand_over_often(all, [&] {
    const SteadyClock clock;
    HandOverJob<> job(1);
    hand_over(backend, job, clock.now() + gap_of(row), clock);
    prove_handed_over(row, job.records(), backend.traits);
    all.apart += backend.traits.single_threaded ? 0 : 1;  // as was proved
    return job.records()[0].delay();
  });
  return all;
}

HandOvers from_inside(const OverheadRow& row) {
  backend::AnyBackend backend(row.backend, row.workers);
  measure::call_roll(backend);
  measure::ThreadIndex threads;
  HandOvers all(row);
  hand_over_often(all, [&] {
    HandOver record;
    const ForkTree<> tree(record, threads, SteadyClock{}.now() + gap_of(row), row.workers == 1);
    std::uint64_t sum = 0;
    backend.visit([&](auto& each) { sum = each.count(tree); });
    if (sum != ForkTree<>::sum || record.runs != 1)
      throw workload::WrongResult(row.name() + ": a forked leaf was not counted once");
    all.apart += tree.apart() ? 1 : 0;
    all.same_cpu += tree.crowded() ? 1 : 0;
    return record.delay();
  });
  return all;
}

Figures run_handover(const OverheadRow& row) {
  const HandOvers all = row.param("from") == 1 ? from_inside(row) : from_outside(row);
  const double tasks = row.param("tasks");
  Figures figures{.seconds = static_cast<double>(all.run_ns) * 1e-9, .counters = delay_counters(all.delays)};
  figures.counters["apart_fraction"] = all.apart / tasks;
  figures.counters["switches_per_task"] = static_cast<double>(all.voluntary_switches) / tasks;
  if (row.param("from") == 1) figures.counters["same_cpu_fraction"] = all.same_cpu / tasks;
  return figures;
}

}  // namespace

std::map<std::string, double> delay_counters(const std::vector<std::int64_t>& delays) {
  const auto us = [&](double p) { return static_cast<double>(measure::percentile(delays, p).value) / 1e3; };
  return {{"start_p50_us", us(0.5)}, {"start_p99_us", us(0.99)}};
}

Experiment handover_experiment() {
  return {.name = "handover",
          .measures = "from handing a task to an idle pool until it starts, from outside and from a task",
          .params = {{.name = "from", .standard = 0, .minimum = 0, .maximum = 1, .choices = {0, 1}},
                     {.name = "tasks", .standard = 1000, .minimum = 1, .maximum = 1e6},
                     {.name = "gap_us", .standard = 1000, .minimum = 1, .maximum = 1e6}},
          .contenders = all_backends(),
          .default_params =
              [](const Contender&) {
                return std::vector<std::string>{"", "from:1"};
              },
          // 0.2 ms is what a hand-over takes at most, as a rule.
          .seconds =
              [](const OverheadRow& row) {
                return (warm_up + row.param("tasks")) * (row.param("gap_us") * 1e-6 + 0.2e-3);
              },
          .run = run_handover};
}

}  // namespace bookstore::overhead
