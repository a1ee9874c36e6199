#include "bench/open/report.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

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

// Seconds of arrivals.
double duration_of(const OpenRow& row) {
  return row.traced ? static_cast<double>(row.traced->back()) * 1e-9 : row.schedule.duration;
}

void set_parameters(benchmark::State& state, const OpenRow& row) {
  set_parameter_counters(state, row.row);
  auto& counters = state.counters;
  counters["rate"] = row.schedule.rate;
  counters["duration"] = duration_of(row);
  counters["fraction"] = row.fraction;
  counters["burst_period"] = row.schedule.burst_period;
  counters["burst_share"] = row.schedule.burst_share;
  counters["arrivals_bursts"] = row.schedule.arrivals == Arrivals::bursts ? 1 : 0;
  counters["arrivals_constant"] = row.schedule.arrivals == Arrivals::constant ? 1 : 0;
  counters["arrivals_trace"] = row.trace.empty() ? 0 : 1;
}

// Every figure as a counter, the verdict with its reasons as the label. A percentile with too few effective
// samples is left out, and latency_<p>_tasks_needed stands in its place.
void set_figures(benchmark::State& state, const OpenRow& row, const OpenFigures& figures,
                 const measure::Floor& floor) {
  auto& counters = state.counters;
  counters["tasks"] = static_cast<double>(figures.records.size());
  counters["rate"] = row.schedule.rate;  // of a fraction it is known only now
  counters["digest_ok"] = 1;             // a run that is not ends the process
  set_percentiles(state, "latency", figures, std::nullopt);
  if (!row.is_null())
    for (std::uint32_t k = 0; k < workload::kind_count; ++k)
      set_percentiles(state, std::string(workload::kind_table[k].name), figures, k);
  set_split(state, figures);
  set_cost(state, figures);
  set_floor(state, figures, floor);
  set_verdict(state, figures);
}

void measure_open(benchmark::State& state, OpenRow row, const measure::Floor& floor, SideFiles& files) {
  if (row.fraction > 0) row.schedule.rate = row.fraction * closed_throughput(row);
  const OpenFigures figures = measure_open_row(row, make_arrivals(row));
  state.SetIterationTime(static_cast<double>(figures.run_ns) * 1e-9);
  set_figures(state, row, figures, floor);
  files.add(row, figures);
}

void set_capacity_counters(benchmark::State& state, const Slo& slo, const Capacity& capacity) {
  state.SetIterationTime(1e-9);
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

}  // namespace

MeasuredRow open_row(const OpenRow& row, const measure::Floor& floor, SideFiles& files) {
  return {
      .name = row.name(),
      .seconds = duration_of(row) + 0.2,
      .set_parameters = [row](benchmark::State& state) { set_parameters(state, row); },
      .measure = [row, &floor, &files](benchmark::State& state) { measure_open(state, row, floor, files); }};
}

MeasuredRow capacity_row(const OpenRow& row, const Slo& slo, double resolution) {
  return {.name = "capacity/" + row.shop_name() + "/slo:" + slo.text,
          .seconds = 10 * row.schedule.duration,
          .set_parameters = [row](benchmark::State& state) { set_parameter_counters(state, row.row); },
          .measure =
              [row, slo, resolution](benchmark::State& state) {
                count_disturbances(
                    state, [&] { set_capacity_counters(state, slo, search_capacity(row, slo, resolution)); });
              }};
}

std::string floor_line(const measure::Floor& floor) {
  const std::string recording = floor.recording_ns > 0
                                    ? std::to_string(std::llround(floor.recording_ns)) + " ns"
                                    : "nothing that shows";
  char line[240];
  std::snprintf(line, sizeof line,
                "Floor: clock %.0f ns a reading; recording a task %s beside its readings; a sleep ends late "
                "by %.0f us (p50), %.0f us (p99), %.0f us (max)",
                floor.clock_read_ns, recording.c_str(), us(floor.wake_up_p50_ns), us(floor.wake_up_p99_ns),
                us(floor.wake_up_max_ns));
  return line;
}

}  // namespace bookstore
