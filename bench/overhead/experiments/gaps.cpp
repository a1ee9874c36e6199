#include "bench/overhead/experiments/gaps.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "bench/backends/registry.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/probes/roll_call.hpp"
#include "bench/measure/statistics/median.hpp"
#include "bench/overhead/experiments/burst.hpp"
#include "bench/overhead/support/calibrate.hpp"
#include "bench/overhead/support/outside.hpp"
#include "bench/overhead/support/wait_policy.hpp"
#include "bench/seam/limits.hpp"

namespace bookstore::overhead {

namespace {

using backend::SteadyClock;

struct Gaps {
  std::vector<double> burst_ns;  // from the hand-over to the last finish
  std::int64_t burnt_ns = 0;     // by others than the caller, in all gaps
};

template <class Backend>
Gaps time_gaps(const OverheadRow& row) {
  const auto tasks = static_cast<std::uint32_t>(row.param("tasks"));
  const double gap_ns = row.param("gap_us") * 1e3;
  const bool serial = row.param("serial") != 0;
  const std::uint32_t links = links_for(row.param("work_ns"));
  const std::uint32_t serial_links = serial ? links_for(gap_ns) : 0;
  auto backend = backend::make_backend<Backend>(row.workers, outside_load<Backend>());
  measure::call_roll(backend, outside_load<Backend>());
  const SteadyClock clock;
  const auto stretch = [&] {
    if (serial)
      workload::keep(workload::do_links(1, serial_links));
    else
      clock.sleep_until(clock.now() + static_cast<std::int64_t>(gap_ns));
  };
  Gaps gaps;
  const auto bursts = static_cast<int>(row.param("bursts"));
  for (int burst = 0; burst < bursts; ++burst) {
    HandOverJob<> job(tasks, links);
    hand_over(backend, job, clock.now(), clock);
    prove_handed_over(row, job.records(), Backend::traits);
    gaps.burst_ns.push_back(static_cast<double>(burst_times(job.records()).last_finish));
    gaps.burnt_ns += others_cpu_during(stretch, measure::process_cpu_ns, measure::thread_cpu_ns);
  }
  return gaps;
}

Figures run_gaps(const OverheadRow& row) {
  const SteadyClock clock;
  const std::int64_t begin = clock.now();
  Gaps gaps;
  backend::with_backend(row.backend, [&]<class Backend>() { gaps = time_gaps<Backend>(row); });
  return {.seconds = static_cast<double>(clock.now() - begin) * 1e-9,
          .counters = {{"burst_us", measure::median(std::move(gaps.burst_ns)) / 1e3},
                       {"burnt_us_per_gap", static_cast<double>(gaps.burnt_ns) / 1e3 / row.param("bursts")}}};
}

}  // namespace

Experiment gaps_experiment() {
  return {.name = "gaps",
          .measures = "a pool between two bursts: what it burns in a gap, and how long the next burst takes",
          .params = {{.name = "gap_us", .standard = 200, .minimum = 0, .maximum = 1e6},
                     {.name = "serial", .standard = 1, .minimum = 0, .maximum = 1, .choices = {0, 1}},
                     {.name = "tasks", .standard = 64, .minimum = 1, .maximum = 1e6},
                     {.name = "work_ns", .standard = 1000, .minimum = 0, .maximum = 1e6, .whole = false},
                     {.name = "bursts", .standard = 200, .minimum = 1, .maximum = 100'000},
                     active_param()},
          .contenders = all_backends(),
          .default_params =
              [](const Contender&) {
                return std::vector<std::string>{"", "gap_us:3000/serial:0"};
              },
          .seconds =
              [](const OverheadRow& row) {
                const double work = 1e-9 * row.param("tasks") * (row.param("work_ns") + 1000);
                return 0.05 + row.param("bursts") * (row.param("gap_us") * 1e-6 + work);
              },
          .run = run_gaps,
          .check = check_active};
}

}  // namespace bookstore::overhead
