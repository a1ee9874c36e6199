#include "bench/overhead/experiments/gaps.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "bench/backends/any_backend.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/probes/roll_call.hpp"
#include "bench/measure/statistics/median.hpp"
#include "bench/overhead/support/outside.hpp"
#include "bench/overhead/support/wait_policy.hpp"
#include "bench/rows/calibrate.hpp"
#include "bench/seam/placement.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore::overhead {

namespace {

using backend::SteadyClock;

struct Gaps {
  std::vector<double> burst_ns;  // from its begin to the last finish
  std::int64_t burnt_ns = 0;     // by others than the caller, in all gaps
};

// A closed run, as a parallel loop is: where the runtime has it so, the caller is one of the workers.
std::int64_t time_burst(const OverheadRow& row, backend::AnyBackend& backend, HandOverJob<>& job,
                        const SteadyClock& clock) {
  job.begin();
  const std::int64_t begin = clock.now();
  backend.run(job, backend::AllAtOnce{}, backend::NoProbe{});
  std::int64_t end = begin;
  for (const HandOver& each : job.records()) {
    if (each.runs != 1)
      throw workload::WrongResult(row.name() + ": a task ran " + std::to_string(each.runs) + " times");
    end = std::max(end, each.finished);
  }
  return end - begin;
}

// All threads of the process but the calling one.
std::vector<int> other_threads() {
  std::vector<int> threads = backend::thread_ids();
  std::erase(threads, gettid());
  return threads;
}

Gaps time_gaps(const OverheadRow& row) {
  const auto tasks = static_cast<std::uint32_t>(row.param("tasks"));
  const double gap_ns = row.param("gap_us") * 1e3;
  const bool serial = row.param("serial") != 0;
  const std::uint32_t links = links_for(row.param("work_ns"));
  const std::uint32_t serial_links = serial ? links_for(gap_ns) : 0;
  backend::AnyBackend backend(row.backend, row.workers);
  measure::call_roll(backend);
  const SteadyClock clock;
  Gaps gaps;
  const std::vector<int> others = other_threads();
  gaps.burnt_ns = cpu_in_gaps(
      static_cast<int>(row.param("bursts")),
      [&] {
        HandOverJob<> job(tasks, links);
        gaps.burst_ns.push_back(static_cast<double>(time_burst(row, backend, job, clock)));
      },
      [&] {
        if (serial)
          workload::keep(workload::do_links(1, serial_links));
        else
          clock.sleep_until(clock.now() + static_cast<std::int64_t>(gap_ns));
      },
      [&] { return measure::cpu_ns_of(others); });
  return gaps;
}

Figures run_gaps(const OverheadRow& row) {
  const SteadyClock clock;
  const std::int64_t begin = clock.now();
  Gaps gaps = time_gaps(row);
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
