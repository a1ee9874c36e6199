#include "bench/overhead/experiments/burst.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "bench/backends/any_backend.hpp"
#include "bench/measure/probes/roll_call.hpp"
#include "bench/measure/statistics/median.hpp"
#include "bench/rows/calibrate.hpp"

namespace bookstore::overhead {

namespace {

using backend::SteadyClock;

std::vector<BurstTimes> time_bursts(const OverheadRow& row) {
  const auto tasks = static_cast<std::uint32_t>(row.param("tasks"));
  const std::uint32_t links = links_for(row.param("work_ns"));
  const auto idle_ns = static_cast<std::int64_t>(row.param("idle_ms") * 1e6);
  const backend::Load load = outside_load(backend::find_backend(row.backend));
  backend::AnyBackend backend(row.backend, row.workers, load);
  measure::call_roll(backend, load);
  std::vector<BurstTimes> bursts;
  const SteadyClock clock;
  for (int burst = 0; burst < static_cast<int>(row.param("bursts")); ++burst) {
    HandOverJob<> job(tasks, links);
    hand_over(backend, job, clock.now() + idle_ns, clock);
    prove_handed_over(row, job.records(), backend.traits);
    bursts.push_back(burst_times(job.records()));
  }
  return bursts;
}

// Over the bursts.
double median_of(const std::vector<BurstTimes>& bursts, std::int64_t BurstTimes::*member) {
  std::vector<double> values;
  for (const BurstTimes& each : bursts) values.push_back(static_cast<double>(each.*member));
  return measure::median(std::move(values));
}

Figures run_burst(const OverheadRow& row) {
  const SteadyClock clock;
  const std::int64_t begin = clock.now();
  const std::vector<BurstTimes> bursts = time_bursts(row);
  Figures figures;
  figures.seconds = static_cast<double>(clock.now() - begin) * 1e-9;
  figures.counters = {{"first_start_us", median_of(bursts, &BurstTimes::first_start) / 1e3},
                      {"last_finish_us", median_of(bursts, &BurstTimes::last_finish) / 1e3},
                      {"workers_used", median_of(bursts, &BurstTimes::workers)}};
  return figures;
}

}  // namespace

BurstTimes burst_times(const std::vector<HandOver>& records) {
  const std::int64_t begin = std::ranges::min(records, {}, &HandOver::handed).handed;
  std::set<int> workers;
  for (const HandOver& each : records) workers.insert(each.thread);
  return {.first_start = std::ranges::min(records, {}, &HandOver::started).started - begin,
          .last_finish = std::ranges::max(records, {}, &HandOver::finished).finished - begin,
          .workers = static_cast<std::int64_t>(workers.size())};
}

Experiment burst_experiment() {
  return {.name = "burst",
          .measures = "a pool that stood idle, and tasks that come all at one moment: first start, last end",
          .params = {{.name = "tasks", .standard = 64, .minimum = 1, .maximum = 1e6},
                     {.name = "work_ns", .standard = 1000, .minimum = 0, .maximum = 1e6, .whole = false},
                     {.name = "idle_ms", .standard = 200, .minimum = 0, .maximum = 100'000},
                     {.name = "bursts", .standard = 5, .minimum = 1, .maximum = 10'000}},
          .contenders = all_backends(),
          .default_params = [](const Contender&) { return std::vector<std::string>{""}; },
          .seconds =
              [](const OverheadRow& row) {
                const double work = 1e-9 * row.param("tasks") * (row.param("work_ns") + 1000);
                return 0.01 + row.param("bursts") * (row.param("idle_ms") * 1e-3 + work);
              },
          .run = run_burst};
}

}  // namespace bookstore::overhead
