#include "bench/overhead/handover.hpp"

#include <stdexcept>

#include "bench/backends/registry.hpp"
#include "bench/measure/cost.hpp"
#include "bench/measure/percentiles.hpp"
#include "bench/measure/roll_call.hpp"
#include "bench/overhead/fork_tree.hpp"
#include "workloads/bookstore/audit.hpp"

namespace bookstore::overhead {

namespace {

using backend::SteadyClock;

// Hand-overs before those that count.
constexpr std::uint32_t warm_up = 10;

std::int64_t gap_of(const OverheadRow& row) { return static_cast<std::int64_t>(row.param("gap_us") * 1e3); }

std::uint32_t all_tasks(const OverheadRow& row) {
  return static_cast<std::uint32_t>(row.param("tasks")) + warm_up;
}

// What both ways have to say.
struct Handed {
  std::vector<HandOver> records;
  std::int64_t run_ns = 0;
  std::int64_t voluntary_switches = 0;
  double apart = 0;  // share of tasks that another thread started than the one that handed them over
};

template <class Backend>
Handed from_outside(const OverheadRow& row) {
  const std::uint32_t tasks = all_tasks(row);
  std::vector<std::int64_t> arrivals(tasks);
  for (std::uint32_t task = 0; task < tasks; ++task) arrivals[task] = (task + 1) * gap_of(row);
  Backend backend(row.workers, outside_load<Backend>());
  measure::call_roll(backend, outside_load<Backend>());
  HandOverJob<> job(tasks);
  const SteadyClock clock;
  const measure::Cost before = measure::cost_so_far();
  const std::int64_t start = clock.now();
  hand_over(backend, job, backend::Schedule{.at = arrivals, .start = start}, clock);
  const std::int64_t run_ns = clock.now() - start;
  const measure::Cost cost = measure::cost_so_far() - before;
  prove_handed_over(row, job.records(), Backend::traits);
  return {.records = job.records(),
          .run_ns = run_ns,
          .voluntary_switches = cost.voluntary_switches,
          .apart = Backend::traits.single_threaded ? 0.0 : 1.0};
}

template <class Backend>
Handed from_inside(const OverheadRow& row) {
  const std::uint32_t tasks = all_tasks(row);
  Backend backend(row.workers);
  measure::call_roll(backend);
  Handed handed{.records = std::vector<HandOver>(tasks)};
  measure::ThreadIndex threads;
  std::uint32_t apart = 0;
  const SteadyClock clock;
  const measure::Cost before = measure::cost_so_far();
  const std::int64_t start = clock.now();
  for (HandOver& record : handed.records) {
    const ForkTree<> tree(record, threads, clock.now() + gap_of(row), row.workers == 1);
    if (backend.count(tree) != ForkTree<>::sum || record.runs != 1)
      throw workload::WrongResult(row.name() + ": a forked leaf was not counted once");
    apart += tree.apart() ? 1 : 0;
  }
  handed.run_ns = clock.now() - start;
  handed.voluntary_switches = (measure::cost_so_far() - before).voluntary_switches;
  handed.apart = static_cast<double>(apart) / tasks;
  return handed;
}

Figures run_handover(const OverheadRow& row) {
  Handed handed;
  backend::with_backend(row.backend, [&]<class Backend>() {
    handed = row.param("from") == 0 ? from_outside<Backend>(row) : from_inside<Backend>(row);
  });
  const std::vector<std::int64_t> delays = idle_delays(handed.records, warm_up, gap_of(row));
  const double tasks = row.param("tasks");
  if (2 * static_cast<double>(delays.size()) < tasks)
    throw std::runtime_error(row.name() +
                             ": the pool was seldom idle when a task came; is the machine busy?");
  Figures figures{.seconds = static_cast<double>(handed.run_ns) * 1e-9, .counters = delay_counters(delays)};
  figures.counters["onto_idle"] = static_cast<double>(delays.size());
  figures.counters["apart_fraction"] = handed.apart;
  figures.counters["switches_per_task"] =
      static_cast<double>(handed.voluntary_switches) / static_cast<double>(handed.records.size());
  return figures;
}

}  // namespace

std::vector<std::int64_t> idle_delays(const std::vector<HandOver>& records, std::size_t first,
                                      std::int64_t gap_ns) {
  std::vector<std::int64_t> delays;
  for (std::size_t task = first; task < records.size(); ++task)
    if (2 * (records[task].handed - records[task - 1].finished) >= gap_ns)
      delays.push_back(records[task].delay());
  return delays;
}

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
                return 0.01 + all_tasks(row) * (row.param("gap_us") * 1e-6 + 0.2e-3);
              },
          .run = run_handover};
}

}  // namespace bookstore::overhead
