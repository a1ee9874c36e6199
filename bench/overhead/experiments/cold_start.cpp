#include "bench/overhead/experiments/cold_start.hpp"

#include <vector>

#include "bench/backends/registry.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/probes/roll_call.hpp"
#include "bench/measure/statistics/percentiles.hpp"
#include "bench/overhead/support/outside.hpp"

namespace bookstore::overhead {

namespace {

using backend::SteadyClock;

// From calling run() with one task until that starts.
template <class Backend>
std::int64_t time_task(const OverheadRow& row, Backend& backend) {
  HandOverJob<> job(1);
  const SteadyClock clock;
  const std::int64_t called = clock.now();
  hand_over(backend, job, called, clock);
  prove_handed_over(row, job.records(), Backend::traits);
  return job.records()[0].started - called;
}

template <class Backend>
Figures start_cold(const OverheadRow& row) {
  const auto gap_ns = static_cast<std::int64_t>(row.param("gap_us") * 1e3);
  std::vector<std::int64_t> later(static_cast<std::size_t>(row.param("tasks")));
  const int threads_at_start = measure::thread_count();
  const SteadyClock clock;
  const std::int64_t begin = clock.now();
  Backend backend(row.workers, outside_load(Backend::traits));
  const std::int64_t made = clock.now();
  const int threads_made = measure::thread_count() - threads_at_start;
  clock.sleep_until(clock.now() + gap_ns);
  const std::int64_t first = time_task(row, backend);
  const int threads_later = measure::thread_count() - threads_at_start - threads_made;
  for (std::int64_t& each : later) {
    clock.sleep_until(clock.now() + gap_ns);
    each = time_task(row, backend);
  }
  const std::int64_t run_ns = clock.now() - begin;
  measure::call_roll(backend, outside_load(Backend::traits));
  return {.seconds = static_cast<double>(run_ns) * 1e-9,
          .counters = {{"construct_us", static_cast<double>(made - begin) / 1e3},
                       {"first_task_us", static_cast<double>(first) / 1e3},
                       {"steady_task_us", static_cast<double>(measure::percentile(later, 0.5).value) / 1e3},
                       {"threads_at_start", threads_at_start},
                       {"threads_made", threads_made},
                       {"threads_made_by_first_task", threads_later}}};
}

Figures run_cold_start(const OverheadRow& row) {
  Figures figures;
  backend::with_backend(row.backend, [&]<class Backend>() { figures = start_cold<Backend>(row); });
  return figures;
}

}  // namespace

Experiment cold_start_experiment() {
  return {.name = "cold_start",
          .measures = "making a pool, its first task and its later ones; each row in a process of its own",
          .params = {{.name = "tasks", .standard = 100, .minimum = 1, .maximum = 1e6},
                     {.name = "gap_us", .standard = 1000, .minimum = 1, .maximum = 1e6}},
          .contenders = all_backends(),
          .default_params = [](const Contender&) { return std::vector<std::string>{""}; },
          // 0.1 ms is what a thread takes to be made; 1.7 ms among a thousand of TBB.
          .seconds =
              [](const OverheadRow& row) {
                return 0.01 + row.param("tasks") * (row.param("gap_us") * 1e-6 + 0.2e-3) + row.workers * 1e-4;
              },
          .run = run_cold_start};
}

}  // namespace bookstore::overhead
