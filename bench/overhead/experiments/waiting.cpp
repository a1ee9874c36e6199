#include "bench/overhead/experiments/waiting.hpp"

#include <optional>
#include <stdexcept>
#include <string>

#include "bench/backends/registry.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/probes/kernel_memory.hpp"
#include "bench/measure/probes/roll_call.hpp"
#include "bench/measure/statistics/percentiles.hpp"
#include "bench/overhead/support/waiting_job.hpp"
#include "bench/seam/limits.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore::overhead {

namespace {

using backend::ExactWaits;
using backend::SteadyClock;
using backend::Timers;

constexpr std::int64_t millisecond = 1'000'000;

// Measures the CPU time of sleeping, falling asleep and waking included. For one thread.
struct SleepMeter {
  std::int64_t* sleep_cpu_ns;

  std::int64_t now() const { return SteadyClock{}.now(); }
  void sleep_until(std::int64_t deadline) const {
    const std::int64_t before = measure::thread_cpu_ns();
    SteadyClock{}.sleep_until(deadline);
    *sleep_cpu_ns += measure::thread_cpu_ns() - before;
  }
};

bool overlaps(const OverheadRow& row) {
  return backend::find_backend(row.backend).waits == backend::Waits::overlapped;
}

// Time for all tasks to begin to wait; it is twice as long for each attempt that it did not suffice for.
std::int64_t lead_of(const OverheadRow& row, int attempt) {
  const std::int64_t per_task = overlaps(row) ? 200 : 20'000;
  const auto tasks = static_cast<std::int64_t>(row.param("tasks"));
  return (20 * millisecond + per_task * tasks) << attempt;
}

// One run and its price.
template <class Backend, class Waiter>
std::int64_t cpu_of_run(Backend& backend, WaitingJob<>& job, bool waits, Waiter waiter) {
  job.start(waits);
  const std::int64_t before = measure::process_cpu_ns();
  backend.run(job, backend::AllAtOnce{}, backend::NoProbe{}, waiter);
  return measure::process_cpu_ns() - before;
}

struct Run {
  std::int64_t run_ns = 0;
  std::int64_t bytes = 0;         // of the process, at its peak
  std::int64_t kernel_bytes = 0;  // that the kernel keeps for it
  std::int64_t cpu_ns = 0;
  std::int64_t sleep_cpu_ns = 0;
};

// What the same tasks cost one worker without waits. Several workers that claim from one counter and have
// nothing else to do get into each other's way, more than while tasks wait, and the waits would seem the
// cheaper for it.
template <class Backend>
std::int64_t cpu_of_one_worker(WaitingJob<>& job) {
  auto backend = backend::make_backend<Backend>(1);
  measure::call_roll(backend);
  return cpu_of_run(backend, job, false, Timers<>());
}

// What the job itself holds is touched before; the workers' stacks belong to what waiting takes.
template <class Backend>
Run measure_waits(const OverheadRow& row, WaitingJob<>& job, bool exact) {
  std::optional<std::int64_t> cpu_without;
  if (overlaps(row)) cpu_without = cpu_of_one_worker<Backend>(job);
  const measure::KernelMemory kernel;
  measure::reset_peak_memory();
  const std::int64_t kernel_before = kernel.bytes();
  const std::int64_t memory_before = measure::peak_memory_bytes();
  auto backend = backend::make_backend<Backend>(row.workers);
  measure::call_roll(backend);
  Run run;
  // A blocking pool wakes a worker a task in either run.
  if (!cpu_without) cpu_without = cpu_of_run(backend, job, false, Timers<>());
  const SteadyClock clock;
  const std::int64_t start = clock.now();
  const std::int64_t cpu_with =
      exact ? cpu_of_run(backend, job, true, Timers<SleepMeter, ExactWaits>(SleepMeter{&run.sleep_cpu_ns}))
            : cpu_of_run(backend, job, true, Timers<>());
  run.run_ns = clock.now() - start;
  run.cpu_ns = cpu_with - *cpu_without;
  run.bytes = measure::peak_memory_bytes() - memory_before;
  // It has no peak to be asked for. What it keeps for threads, it keeps while they sleep between runs.
  run.kernel_bytes = kernel.bytes() - kernel_before;
  return run;
}

Run run_once(const OverheadRow& row, WaitingJob<>& job) {
  Run run;
  backend::with_backend(
      row.backend, [&]<class Backend>() { run = measure_waits<Backend>(row, job, row.param("exact") == 1); });
  return run;
}

double late_us(const WaitingJob<>& job, double p) {
  return static_cast<double>(measure::percentile(job.lateness(), p).value) / 1e3;
}

Figures figures_of(const WaitPlan& plan, const WaitingJob<>& job, const Run& run, bool exact) {
  const double tasks = plan.size();
  Figures figures;
  figures.seconds = static_cast<double>(run.run_ns) * 1e-9;
  figures.counters = {
      {"bytes_per_waiting_task", static_cast<double>(run.bytes) / tasks},
      {"bytes_per_waiting_task_with_kernel", static_cast<double>(run.bytes + run.kernel_bytes) / tasks},
      {"cpu_ns_per_wait", static_cast<double>(run.cpu_ns) / tasks},
      {"late_p50_us", late_us(job, 0.5)},
      {"late_p99_us", late_us(job, 0.99)},
      {"most_waiting", static_cast<double>(job.most_waiting())},
      {"lead_ms", static_cast<double>(plan.lead()) / 1e6},
      {"stretched", plan.scale()}};
  if (exact) figures.counters["sleep_cpu_ns_per_wait"] = static_cast<double>(run.sleep_cpu_ns) / tasks;
  return figures;
}

Figures run_waiting(const OverheadRow& row) {
  constexpr int attempts = 6;
  const auto tasks = static_cast<std::uint32_t>(row.param("tasks"));
  const auto ends = static_cast<Ends>(static_cast<int>(row.param("deadlines")));
  const std::int64_t span = static_cast<std::int64_t>(row.param("span_ms")) * millisecond;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const WaitPlan plan(tasks, ends, span, lead_of(row, attempt));
    WaitingJob<> job(plan, 2 * row.workers + 1);
    const Run run = run_once(row, job);
    if (job.early() > 0)
      throw workload::WrongResult(row.name() + ": " + std::to_string(job.early()) + " tasks went on early");
    if (job.most_waiting() == tasks) return figures_of(plan, job, run, row.param("exact") == 1);
  }
  throw std::runtime_error(row.name() + ": the tasks never waited all at once; is the machine busy?");
}

void check_waiting(const OverheadRow& row) {
  const auto tasks = static_cast<std::int64_t>(row.param("tasks"));
  if (!overlaps(row) && row.workers < tasks)
    throw std::invalid_argument(row.backend + " has as many tasks waiting as workers; set workers to " +
                                std::to_string(tasks));
  if (row.param("exact") == 1 && !overlaps(row))
    throw std::invalid_argument("exact:1 has no meaning for " + row.backend +
                                ", whose deadlines are exact anyway");
  if (row.param("exact") == 1 && row.workers > 1)
    throw std::invalid_argument("exact:1 measures the sleeps of one thread; workers is " +
                                std::to_string(row.workers));
  if (row.param("deadlines") == static_cast<int>(Ends::shop) && row.param("span_ms") != 1000)
    throw std::invalid_argument("span_ms has no meaning with deadlines:2, the shop's own wait lengths");
}

// A sequential task waits alone, whoever else there is.
std::vector<Contender> contenders_that_wait() {
  auto contenders = all_backends();
  std::erase_if(contenders, [](const Contender& each) { return each.name == "sequential"; });
  return contenders;
}

std::vector<std::string> default_waits(const Contender& contender) {
  if (backend::find_backend(contender.name).waits == backend::Waits::blocking)
    return {"workers:1000/tasks:1000", "workers:4000/tasks:4000", "workers:16000/tasks:16000"};
  std::vector<std::string> waits{"tasks:1000",
                                 "tasks:10000",
                                 "tasks:100000",
                                 "tasks:1000000",
                                 "tasks:1000000/deadlines:1",
                                 "tasks:1000000/deadlines:2"};
  if (contender.single_threaded) waits.emplace_back("tasks:1000000/exact:1");
  return waits;
}

}  // namespace

Experiment waiting_experiment() {
  return {.name = "waiting",
          .measures = "memory and CPU per task that waits, and how late it goes on, while all wait at once",
          .params = {{"tasks", 1000, 1, 1e8},
                     {"deadlines", 0, 0, 2},
                     {"span_ms", 1000, 1, 100'000},
                     {"exact", 0, 0, 1}},
          .contenders = contenders_that_wait(),
          .default_params = default_waits,
          .seconds =
              [](const OverheadRow& row) {
                const double lead = static_cast<double>(lead_of(row, 0)) * 1e-9;
                // The longest of the shop's waits is 25 times the shortest.
                const double waits = row.param("deadlines") == 2 ? 25 * lead : row.param("span_ms") * 1e-3;
                return 2 * lead + waits + 0.2;
              },
          // A task has a slot, and its timer a deadline and the task.
          .bytes = [](const OverheadRow& row) { return 24 * row.param("tasks"); },
          .run = run_waiting,
          .check = check_waiting};
}

}  // namespace bookstore::overhead
