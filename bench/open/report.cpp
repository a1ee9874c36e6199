#include "bench/open/report.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/measure/statistics/hgrm.hpp"
#include "bench/measure/statistics/percentiles.hpp"
#include "bench/rows/counters.hpp"

namespace bookstore {

namespace {

struct NamedPercentile {
  const char* name;
  double p;
};
constexpr std::array<NamedPercentile, 3> percentiles{{{"p50", 0.5}, {"p99", 0.99}, {"p999", 0.999}}};

double us(double ns) { return ns / 1000; }
double us(std::int64_t ns) { return static_cast<double>(ns) / 1000; }

// All percentiles of some tasks under a prefix such as "latency" or "rent_book".
void set_percentiles(benchmark::State& state, const std::string& prefix, const OpenFigures& figures,
                     measure::Kind kind) {
  const auto latencies = measure::latencies(figures.records, figures.window, kind);
  if (latencies.empty()) return;
  const auto late = measure::lateness(figures.records, figures.window, kind);
  auto& counters = state.counters;
  for (const auto& [name, p] : percentiles) {
    const auto found = measure::percentile(latencies, p);
    const std::string key = prefix + "_" + name;
    counters[key + "_n_eff"] = found.effective;
    if (!found.printed) {
      counters[key + "_tasks_needed"] = static_cast<double>(found.tasks_needed);
      continue;
    }
    counters[key + "_us"] = us(found.value);
    counters[key + "_lower_us"] = us(found.lower);
    counters[key + "_upper_us"] = us(found.upper);
    const auto door = measure::percentile(late, p);
    counters[key + "_instrument"] = measure::instrument_bound(found.value, door.value) ? 1 : 0;
  }
  double mean = 0;
  for (const std::int64_t latency : latencies) mean += us(latency) / static_cast<double>(latencies.size());
  counters[prefix + "_mean_us"] = mean;
  counters[prefix + "_max_us"] = us(*std::ranges::max_element(latencies));
}

void set_split(benchmark::State& state, const OpenFigures& figures) {
  const auto split = measure::mean_split(figures.records, figures.window);
  state.counters["late_at_door_us"] = us(split.late_at_door);
  state.counters["queued_before_us"] = us(split.queued_before);
  state.counters["work_us"] = us(split.work);
  state.counters["asked_waits_us"] = us(split.asked_waits);
  state.counters["queued_after_us"] = us(split.queued_after);
}

void set_cost(benchmark::State& state, const OpenFigures& figures) {
  const auto tasks = static_cast<double>(figures.records.size());
  auto& counters = state.counters;
  counters["cpu_us_per_task"] = us(figures.cost.cpu_ns) / tasks;
  counters["door_cpu_us_per_task"] = us(figures.door_cpu_ns) / tasks;
  counters["sampler_cpu_us_per_task"] = us(figures.sampler_cpu_ns) / tasks;
  counters["record_bytes_per_task"] = sizeof(measure::TaskRecord);
  counters["voluntary_switches"] = static_cast<double>(figures.cost.voluntary_switches);
  counters["involuntary_switches"] = static_cast<double>(figures.cost.involuntary_switches);
  set_disturbance_counters(state, figures.cost);
  counters["effective_cores"] = figures.effective_cores;
  counters["effective_workers"] = figures.effective_workers;
}

void set_verdict(benchmark::State& state, const OpenFigures& figures) {
  const auto& observed = figures.observed;
  auto& counters = state.counters;
  counters["valid"] = figures.judgement.verdict == measure::Verdict::valid ? 1 : 0;
  counters["overload"] = figures.judgement.verdict == measure::Verdict::overload ? 1 : 0;
  counters["finished_once"] = static_cast<double>(observed.finished_once);
  counters["window_tasks"] = static_cast<double>(observed.scheduled);
  counters["backlog_begin"] = static_cast<double>(observed.backlog_begin);
  counters["backlog_end"] = static_cast<double>(observed.backlog_end);
  counters["in_flight_sampled"] = observed.in_flight;
  counters["in_flight_by_little"] = observed.rate * observed.mean_stay;
  std::string label = measure::to_string(figures.judgement.verdict);
  for (const std::string& reason : figures.judgement.reasons) label += "; " + reason;
  state.SetLabel(label);
}

void set_floor(benchmark::State& state, const OpenFigures& figures, const measure::Floor& floor) {
  auto& counters = state.counters;
  counters["floor_clock_ns"] = floor.clock_read_ns;
  counters["floor_wake_up_p50_us"] = us(floor.wake_up_p50_ns);
  counters["floor_wake_up_p99_us"] = us(floor.wake_up_p99_ns);
  counters["floor_wake_up_max_us"] = us(floor.wake_up_max_ns);
  counters["floor_recording_ns"] = floor.recording_ns;
  counters["hiccup_before_us"] = us(figures.before.longest_ns);
  counters["hiccup_after_us"] = us(figures.after.longest_ns);
}

}  // namespace

void set_open_counters(benchmark::State& state, const OpenRow& row, const OpenFigures& figures,
                       const measure::Floor& floor) {
  set_parameter_counters(state, row.row);
  auto& counters = state.counters;
  counters["tasks"] = static_cast<double>(figures.records.size());
  counters["rate"] = row.schedule.rate;
  counters["duration"] = row.schedule.duration;
  counters["fraction"] = row.fraction;
  counters["burst_period"] = row.schedule.burst_period;
  counters["burst_share"] = row.schedule.burst_share;
  counters["arrivals_bursts"] = row.schedule.arrivals == Arrivals::bursts ? 1 : 0;
  counters["arrivals_constant"] = row.schedule.arrivals == Arrivals::constant ? 1 : 0;
  counters["arrivals_trace"] = row.trace.empty() ? 0 : 1;
  counters["limit_reached"] = 0;
  counters["digest_ok"] = 1;  // a run that is not ends the process
  set_percentiles(state, "latency", figures, std::nullopt);
  if (!row.is_null())
    for (std::uint32_t k = 0; k < workload::kind_count; ++k)
      set_percentiles(state, std::string(workload::kind_table[k].name), figures, k);
  set_split(state, figures);
  set_cost(state, figures);
  set_floor(state, figures, floor);
  set_verdict(state, figures);
}

void set_capacity_counters(benchmark::State& state, const OpenRow& row, const Slo& slo,
                           const Capacity& capacity) {
  state.SetIterationTime(1e-9);
  set_parameter_counters(state, row.row);
  auto& counters = state.counters;
  counters["slo_percentile"] = slo.percentile;
  counters["slo_limit_us"] = us(slo.limit_ns);
  counters["passing_per_second"] = capacity.passing;
  counters["failing_per_second"] = capacity.failing;
  counters["passing_confirmed"] = capacity.passing_confirmed ? 1 : 0;
  counters["failing_confirmed"] = capacity.failing_confirmed ? 1 : 0;
  counters["unclear_rates"] = capacity.unclear;
  counters["runs"] = capacity.runs;
}

void set_theory_counters(benchmark::State& state, const TheoryResult& result) {
  auto& counters = state.counters;
  counters["workers"] = result.which.workers;
  counters["rho"] = result.which.rho;
  counters["tasks"] = static_cast<double>(result.tasks);
  counters["mean_service_us"] = result.mean_service_us;
  counters["mean_wait_us"] = result.measured_wait_us;
  counters["queueing_us"] = result.queueing_us;
  counters["queueing_lower_us"] = result.queueing_lower_us;
  counters["queueing_upper_us"] = result.queueing_upper_us;
  counters["erlang_wait_us"] = result.erlang_wait_us;
  counters["recursion_wait_us"] = result.recursion_wait_us;
  counters["mean_lateness_us"] = result.mean_lateness_us;
  counters["p99_lateness_us"] = result.p99_lateness_us;
  counters["starts_within_p99"] = result.starts_within_p99;
  counters["recursion_holds"] = result.recursion_holds() ? 1 : 0;
  counters["erlang_holds"] = result.erlang_holds() ? 1 : 0;
}

std::string floor_line(const measure::Floor& floor) {
  char line[240];
  std::snprintf(
      line, sizeof line,
      "Floor: clock %.0f ns a reading; recording a task %.0f ns beside its readings; a sleep ends late "
      "by %.0f us (p50), %.0f us (p99), %.0f us (max)",
      floor.clock_read_ns, floor.recording_ns, us(floor.wake_up_p50_ns), us(floor.wake_up_p99_ns),
      us(floor.wake_up_max_ns));
  return line;
}

void write_row_hgrm(const std::string& folder, const OpenRow& row, const OpenFigures& figures) {
  auto latencies = measure::latencies(figures.records, figures.window);
  if (latencies.empty()) return;
  std::ranges::sort(latencies);
  std::string name = row.name();
  std::ranges::replace(name, '/', '_');
  const std::string path = folder + "/" + name + ".hgrm";
  std::ofstream file(path);
  measure::write_hgrm(file, latencies);
  file.flush();
  if (!file) throw std::runtime_error("cannot write '" + path + "' whole; is the disk full?");
}

nlohmann::json time_series(const OpenRow& row, const OpenFigures& figures) {
  constexpr std::size_t bins = 400;
  const auto bin_ns = std::max<std::int64_t>(1, figures.run_ns / static_cast<std::int64_t>(bins) + 1);
  std::vector<std::int64_t> arrivals(bins), finishes(bins);
  const auto bin = [&](std::int64_t time) {
    return std::min(bins - 1, static_cast<std::size_t>(std::max<std::int64_t>(0, time) / bin_ns));
  };
  for (const auto& record : figures.records) {
    ++arrivals[bin(record.intended)];
    ++finishes[bin(record.finished)];
  }
  std::vector<std::int64_t> in_flight(bins);
  std::int64_t now = 0;
  for (std::size_t b = 0; b < bins; ++b) in_flight[b] = now += arrivals[b] - finishes[b];
  return {{"name", row.name()}, {"bin_us", us(bin_ns)}, {"arrivals", arrivals}, {"in_flight", in_flight}};
}

}  // namespace bookstore
