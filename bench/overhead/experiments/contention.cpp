#include "bench/overhead/experiments/contention.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <stdexcept>

#include "bench/backends/registry.hpp"
#include "bench/closed/measured_run.hpp"
#include "bench/closed/second_thread.hpp"
#include "bench/measure/machine/mask.hpp"
#include "bench/overhead/experiments/seam_price.hpp"
#include "bench/overhead/support/counted_lock.hpp"
#include "bench/rows/row.hpp"
#include "bench/rows/sizes.hpp"
#include "bench/rows/work.hpp"

namespace bookstore::overhead {

namespace {

// By the param `workload`.
constexpr std::array workloads{"shelving", "counter"};
constexpr int counter = 1;

// The shop with locks that count.
struct CountedLocks {
  using Lock = CountedLock<std::mutex>;
};

// Over all shelves of a shop.
struct LockCounts {
  std::uint64_t taken = 0;
  std::uint64_t found_held = 0;
  std::uint64_t hottest = 0;  // taken of the shelf that was in most demand
};

struct Measured {
  Row row;
  RunFigures figures;
  LockCounts locks;
};

bool wants_locks(const OverheadRow& row) { return row.param("locks") == 1; }

Row shop_row(const OverheadRow& row) {
  Row shop;
  shop.workload = workloads.at(static_cast<std::size_t>(row.param("workload")));
  shop.backend = row.backend;
  shop.cores = row.cores;
  shop.workers = row.workers;
  shop.locks = wants_locks(row);
  shop.parameters.skew = row.param("skew");
  shop.parameters.cpu_scale = row.param("cpu_scale");
  shop.tasks_given = row.param("tasks") != 0;
  if (shop.tasks_given) shop.parameters.tasks = row.param("tasks");
  choose_tasks(shop, measure::machine_cores());
  return shop;
}

Measured measure_shop(const Row& row) {
  Measured measured{.row = row, .figures = {}, .locks = {}};
  const auto inspect = [&](const workload::Shop<CountedLocks>& shop) {
    for (const auto& shelf : shop.shelves()) {
      measured.locks.taken += shelf.lock.taken();
      measured.locks.found_held += shelf.lock.found_held();
      measured.locks.hottest = std::max(measured.locks.hottest, shelf.lock.taken());
    }
  };
  if (backend::find_backend(row.backend).single_threaded && !row.locks) {
    measured.figures = measure_row(row, false);
    return measured;
  }
  const SecondThread second;
  measured.figures = measure_run<backend::AnyBackend, workload::Shop<CountedLocks>>(row, false, {}, inspect);
  return measured;
}

// The plan's size was chosen by nominal costs: a run that came out too short is done again with more tasks.
Measured measure_long_enough(Row row) {
  constexpr int attempts = 3;
  constexpr double wanted_ns = 150e6;
  Measured measured = measure_shop(row);
  for (int attempt = 1; attempt < attempts && !row.tasks_given; ++attempt) {
    if (!too_short(measured.figures, longest_wait(row))) break;
    row.tasks_factor *= std::max(1.5, wanted_ns / static_cast<double>(measured.figures.run_ns));
    choose_tasks(row, measure::machine_cores());
    measured = measure_shop(row);
  }
  return measured;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

Figures run_contention(const OverheadRow& row) {
  const auto [shop, run, locks] = measure_long_enough(shop_row(row));
  const double tasks = shop.parameters.tasks;
  const auto us_per_task = [&](std::int64_t ns) { return static_cast<double>(ns) / tasks / 1e3; };
  const auto work_ns = static_cast<double>(run.work_ns);
  const double locks_per_task = static_cast<double>(locks.taken) / tasks;
  Figures figures;
  figures.seconds = static_cast<double>(run.run_ns) * 1e-9;
  figures.counters = {{"tasks", tasks},
                      {"tasks_per_second", tasks * 1e9 / static_cast<double>(run.run_ns)},
                      {"time_per_task_us", us_per_task(run.run_ns)},
                      {"cpu_us_per_task", us_per_task(run.cost.cpu_ns)},
                      {"work_us_per_task", us_per_task(run.work_ns)},
                      {"time_over_work", std::min(row.workers, row.cores) * static_cast<double>(run.run_ns) /
                                             std::max(work_ns, 1.0)},
                      {"cpu_over_work", static_cast<double>(run.cost.cpu_ns) / std::max(work_ns, 1.0)},
                      {"voluntary_switches", static_cast<double>(run.cost.voluntary_switches)},
                      {"locks_per_task", locks_per_task},
                      {"found_held_fraction", share(locks.found_held, locks.taken)},
                      {"hottest_fraction", share(locks.hottest, locks.taken)},
                      {"effective_workers", run.effective_workers},
                      {"too_short", too_short(run, longest_wait(shop)) ? 1 : 0}};
  figures.cost = run.cost;
  if (wants_locks(row)) {
    Row small = shop;
    small.parameters.tasks = std::min(tasks, std::ceil(5e6 / std::max(work_ns / tasks, 1.0)));
    const workload::Plan plan(workload::find_mix(small.workload), small.parameters);
    figures.counters["lock_ns"] = bare_lock_ns(plan, locks_per_task);
  }
  return figures;
}

void check_contention(const OverheadRow& row) {
  if (wants_locks(row) && !backend::find_backend(row.backend).single_threaded)
    throw std::invalid_argument("locks:1 has no meaning for " + row.backend + ", which always locks");
}

std::vector<std::string> default_contention(const Contender& contender) {
  // Short tasks are in and out of their shelves all the time, the usual ones seldom.
  const std::string short_tasks = "cpu_scale:0.05/";
  // One worker has no rival: the row with locks and the row without show the bare price of a lock.
  if (contender.name == backend::Sequential::traits.name) return {short_tasks + "locks:1"};
  // A pool whose tasks wait needs more of them in flight than cores, or it would wait most of the time.
  const std::string waiting = contender.single_threaded ? "workload:1/" : "workers:64/workload:1/";
  std::vector<std::string> rows;
  for (const std::string& kind : {std::string(), short_tasks, waiting})
    for (const char* skew : {"skew:0", "skew:0.5", "skew:1", "skew:1.5"}) rows.push_back(kind + skew);
  return rows;
}

double seconds_of(const OverheadRow& row) {
  const Row shop = shop_row(row);
  const auto cost = bookstore::nominal_cost(shop);
  const double direct = shop.parameters.tasks * cost.cpu_ns * 1e-9;
  return nominal_seconds(shop) + direct + (wants_locks(row) ? 1.0 : 0.05);
}

}  // namespace

double bare_lock_ns(const workload::Plan& plan, double locks_per_task) {
  constexpr int rounds = 61;
  const SecondThread second;
  const auto time = [&]<class Locks>() {
    return static_cast<double>(do_once<workload::Shop<Locks>>(plan).work_ns);
  };
  const auto all = alternate(
      rounds, [&] { return time.template operator()<workload::ShelfLocks>(); },
      [&] { return time.template operator()<workload::NoLocks>(); });
  return seam_counters(all).at("difference_ns") / (locks_per_task * plan.size());
}

Experiment contention_experiment() {
  return {.name = "contention",
          .measures = "what the shelves' locks cost as all clerks crowd one shelf",
          .params = {{.name = "workload", .standard = 0, .minimum = 0, .maximum = counter},
                     {.name = "skew", .standard = 0, .minimum = 0, .maximum = 10, .whole = false},
                     {.name = "tasks", .standard = 0, .minimum = 0, .maximum = 1e9},
                     {.name = "cpu_scale", .standard = 1, .minimum = 0, .maximum = 1e6, .whole = false},
                     {.name = "locks", .standard = 0, .minimum = 0, .maximum = 1}},
          .contenders = all_backends(),
          .default_params = default_contention,
          .seconds = seconds_of,
          .run = run_contention,
          .check = check_contention};
}

}  // namespace bookstore::overhead
