#include "bench/overhead/experiments/idle.hpp"

#include "bench/backends/any_backend.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/probes/roll_call.hpp"
#include "bench/overhead/experiments/grain.hpp"
#include "bench/overhead/support/wait_policy.hpp"
#include "bench/rows/calibrate.hpp"

namespace bookstore::overhead {

namespace {

constexpr double task_ns = 20'000;
constexpr std::uint32_t tasks_per_worker = 100;
constexpr std::int64_t millisecond = 1'000'000;

std::int64_t ms_param(const OverheadRow& row, const char* name) {
  return static_cast<std::int64_t>(row.param(name)) * millisecond;
}

Figures run_idle(const OverheadRow& row) {
  // First of all: what it refuses is not worth the work.
  backend::AnyBackend backend(row.backend, row.workers);
  measure::call_roll(backend);
  const auto workers = static_cast<std::uint32_t>(row.workers);
  const workload::GrainPlan plan(tasks_per_worker * workers, links_for(task_ns));
  const std::uint64_t expected = grain_sum(plan);
  workload::GrainTally tally;
  workload::GrainJob job{plan, tally};
  backend.run(job, backend::AllAtOnce{});
  // All workers have been at work, and nobody gives them more.
  const backend::SteadyClock clock;
  const std::int64_t begin = clock.now();
  const IdleCpu cpu = watch_idle(
      clock, [] { return measure::process_cpu_ns(); }, ms_param(row, "watch_ms"), ms_param(row, "pause_ms"));
  const std::int64_t idle_ns = clock.now() - begin;
  prove_grain(row, tally, expected);
  return {.seconds = static_cast<double>(idle_ns) * 1e-9,
          .counters = {{"idle_cpu_after_ms", static_cast<double>(cpu.after_ns) / 1e6},
                       {"idle_cpu_later_ms", static_cast<double>(cpu.later_ns) / 1e6}}};
}

}  // namespace

Experiment idle_experiment() {
  return {.name = "idle",
          .measures = "CPU that an idle pool burns: right after work, and later",
          .params = {{.name = "watch_ms", .standard = 1000, .minimum = 1, .maximum = 100'000},
                     {.name = "pause_ms", .standard = 2000, .minimum = 0, .maximum = 100'000},
                     active_param()},
          .contenders = all_backends(),
          .default_params = [](const Contender&) { return std::vector<std::string>{""}; },
          .seconds =
              [](const OverheadRow& row) {
                const double work = 2 * task_ns * 1e-9 * tasks_per_worker * row.workers;
                return work + 1e-3 * (2 * row.param("watch_ms") + row.param("pause_ms"));
              },
          .run = run_idle,
          .check = check_active};
}

}  // namespace bookstore::overhead
