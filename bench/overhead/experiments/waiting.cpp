#include "bench/overhead/experiments/waiting.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "bench/backends/any_backend.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/probes/kernel_memory.hpp"
#include "bench/measure/probes/roll_call.hpp"
#include "bench/measure/statistics/percentiles.hpp"
#include "bench/overhead/raw/waiting.hpp"
#include "bench/overhead/support/lead_search.hpp"
#include "bench/overhead/support/waiting_job.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore::overhead {

namespace {

using backend::ExactWaits;
using backend::SteadyClock;
using backend::Timers;

constexpr std::int64_t ns_per_ms = 1'000'000;

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

// A runtime's own way of letting a task wait that no backend uses.
struct Form {
  std::string_view name;
  bool built;
  std::unique_ptr<WaitingRunner> (*make)(int workers);
  std::int64_t most_tasks;  // that go on again
  std::string (*fails)();   // why it cannot be done here; empty: it can
};

std::string fails_nowhere() { return ""; }

constexpr std::array forms{
#ifdef BOOKSTORE_HAVE_TBB
    // Others found 4,095 an arena. Here 8,192 went on in one of two workers, and of 10,000 most never did.
    Form{"raw_tbb_suspend", true, make_tbb_suspend, 4095, fails_nowhere},
#else
    Form{"raw_tbb_suspend", false, nullptr, 0, fails_nowhere},
#endif
#ifdef BOOKSTORE_HAVE_OPENMP
    Form{"raw_openmp_detach", true, make_openmp_detach, 100'000'000, detach_fails},
#else
    Form{"raw_openmp_detach", false, nullptr, 0, fails_nowhere},
#endif
};

// None for a backend.
const Form* form_of(std::string_view name) {
  const auto* const found = std::ranges::find(forms, name, &Form::name);
  return found == forms.end() ? nullptr : found;
}

// The job's tasks, for such a form.
class WaitingOnce : public WaitingTasks {
 public:
  explicit WaitingOnce(WaitingJob<>& job) : job_(job) {}
  std::uint32_t size() const override { return job_.size(); }
  std::int64_t begin(std::uint32_t task) override {
    const Wait wait = job_.step(task, 0);
    return SteadyClock{}.now() + wait;
  }
  void go_on(std::uint32_t task) override { job_.step(task, 1); }

 private:
  WaitingJob<>& job_;
};

bool overlaps(std::string_view name) {
  return form_of(name) != nullptr || backend::find_backend(name).waits == backend::Waits::overlapped;
}
bool overlaps(const OverheadRow& row) { return overlaps(row.backend); }

// Time for all tasks to begin to wait, where they begin as fast as most do.
std::int64_t first_lead_of(const OverheadRow& row) {
  const std::int64_t per_task = overlaps(row) ? 200 : 20'000;
  return 20 * ns_per_ms + per_task * static_cast<std::int64_t>(row.param("tasks"));
}

// One run and its price.
template <class Run>
std::int64_t cpu_of_run(WaitingJob<>& job, bool waits, const Run& run) {
  job.start(waits);
  const std::int64_t before = measure::process_cpu_ns();
  run();
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
std::int64_t cpu_of_one_worker(const OverheadRow& row, WaitingJob<>& job) {
  backend::AnyBackend backend(row.backend, 1);
  measure::call_roll(backend);
  return cpu_of_run(job, false, [&] { backend.run(job, backend::AllAtOnce{}, backend::NoProbe{}); });
}

// What waiting takes from before its workers are there: the peak, beyond what was there before.
class Memory {
 public:
  Memory() {
    measure::reset_peak_memory();
    before_ = measure::peak_memory_bytes();
  }
  // It has no peak of the kernel's to be asked for. What that keeps for threads, it keeps while they sleep
  // between runs.
  void add_to(Run& run) const {
    run.bytes = measure::peak_memory_bytes() - before_;
    run.kernel_bytes = kernel_.bytes() - kernel_before_;
  }

 private:
  measure::KernelMemory kernel_;
  std::int64_t kernel_before_ = kernel_.bytes();
  std::int64_t before_ = 0;
};

// What the job itself holds is touched before; the workers' stacks belong to what waiting takes.
Run measure_backend(const OverheadRow& row, WaitingJob<>& job, bool exact) {
  std::optional<std::int64_t> cpu_without;
  if (overlaps(row)) cpu_without = cpu_of_one_worker(row, job);
  const Memory memory;
  backend::AnyBackend backend(row.backend, row.workers);
  measure::call_roll(backend);
  Run run;
  const auto as_usual = [&] { backend.run(job, backend::AllAtOnce{}, backend::NoProbe{}); };
  // Exact waits measure one thread's sleeps.
  const auto exactly = [&] {
    backend.visit([&]<class Backend>(Backend& each) {
      if constexpr (Backend::traits.waits == backend::Waits::overlapped)
        each.run(job, backend::AllAtOnce{}, backend::NoProbe{},
                 Timers<SleepMeter, ExactWaits>(SleepMeter{&run.sleep_cpu_ns}));
    });
  };
  // A blocking pool wakes a worker a task in either run.
  if (!cpu_without) cpu_without = cpu_of_run(job, false, as_usual);
  const SteadyClock clock;
  const std::int64_t start = clock.now();
  const std::int64_t cpu_with = exact ? cpu_of_run(job, true, exactly) : cpu_of_run(job, true, as_usual);
  run.run_ns = clock.now() - start;
  run.cpu_ns = cpu_with - *cpu_without;
  memory.add_to(run);
  return run;
}

// The same for a form, of which nothing is taken off: its tasks are made to wait.
Run measure_form(const OverheadRow& row, WaitingJob<>& job) {
  const Memory memory;
  const auto runner = form_of(row.backend)->make(row.workers);
  WaitingOnce tasks(job);
  Run run;
  const SteadyClock clock;
  const std::int64_t start = clock.now();
  run.cpu_ns = cpu_of_run(job, true, [&] { runner->run(tasks); });
  run.run_ns = clock.now() - start;
  memory.add_to(run);
  return run;
}

Run measure_waits(const OverheadRow& row, WaitingJob<>& job, bool exact) {
  return form_of(row.backend) != nullptr ? measure_form(row, job) : measure_backend(row, job, exact);
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
  const auto ends = static_cast<Ends>(static_cast<int>(row.param("deadlines")));
  const bool exact = row.param("exact") == 1;
  Figures figures;
  const LeadSearch search{.row = row.name(),
                          .tasks = static_cast<std::uint32_t>(row.param("tasks")),
                          .ends = ends,
                          .span = static_cast<std::int64_t>(row.param("span_ms")) * ns_per_ms,
                          .first_lead = first_lead_of(row)};
  const bool all_waited = search.run([&](const WaitPlan& plan) {
    WaitingJob<> job(plan, 2 * row.workers + 1);
    const Run run = measure_waits(row, job, exact);
    if (job.early() > 0)
      throw workload::WrongResult(row.name() + ": " + std::to_string(job.early()) + " tasks went on early");
    figures = figures_of(plan, job, run, exact);
    return Attempt{.all_waited = job.most_waiting() == plan.size(), .run_ns = run.run_ns};
  });
  if (!all_waited)
    throw std::runtime_error(row.name() + ": the tasks never waited all at once; is the machine busy?");
  return figures;
}

void check_waiting(const OverheadRow& row) {
  const auto tasks = static_cast<std::int64_t>(row.param("tasks"));
  if (const Form* const form = form_of(row.backend)) {
    if (const std::string why = form->fails(); !why.empty())
      throw std::invalid_argument(row.backend + " cannot be measured here: " + why);
    if (tasks > form->most_tasks)
      throw std::invalid_argument(row.backend + " lets " + std::to_string(form->most_tasks) +
                                  " tasks wait and go on; tasks is " + std::to_string(tasks));
  }
  if (!overlaps(row) && row.workers < tasks)
    throw std::invalid_argument(row.backend + " has as many tasks waiting as workers; set workers to " +
                                std::to_string(tasks));
  if (row.param("exact") == 1 && (!overlaps(row) || form_of(row.backend) != nullptr))
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
  for (const Form& form : forms)
    contenders.push_back({.name = std::string(form.name), .left_out = !form.built});
  return contenders;
}

std::vector<std::string> default_waits(const Contender& contender) {
  if (const Form* const form = form_of(contender.name)) {
    if (!form->built || !form->fails().empty()) return {};
    return {"tasks:" + std::to_string(std::min<std::int64_t>(form->most_tasks, 100'000))};
  }
  if (!overlaps(contender.name))
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
                const double lead = static_cast<double>(first_lead_of(row)) * 1e-9;
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
