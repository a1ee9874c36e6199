#include "bench/open/report.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <span>

#include "bench/measure/statistics/percentiles.hpp"
#include "bench/rows/counters.hpp"
#include "bench/rows/sizes.hpp"

namespace bookstore {

namespace {

struct NamedPercentile {
  const char* name;
  double p;
};
constexpr double headline = 0.99;
constexpr std::array<NamedPercentile, 4> delay_percentiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", headline}, {"p999", 0.999}}};
constexpr std::array<NamedPercentile, 3> latency_percentiles{{{"p50", 0.5}, {"p99", 0.99}, {"p999", 0.999}}};

double us(double ns) { return ns / 1000; }
double us(std::int64_t ns) { return static_cast<double>(ns) / 1000; }

double mean_us(std::span<const std::int64_t> times) {
  double sum = 0;
  for (const std::int64_t time : times) sum += us(time);
  return times.empty() ? 0 : sum / static_cast<double>(times.size());
}

double percentile_us(std::span<const std::int64_t> times, double p) {
  return us(measure::percentile(times, p).value);
}

// Whether a percentile is mostly the lateness of whoever lets the tasks in.
double instrument(const measure::Percentile& found, std::span<const std::int64_t> late) {
  return measure::instrument_bound(found.value, measure::percentile(late, found.p).value) ? 1 : 0;
}

// The headline: each percentile with its interval within this run, and how many independent samples it is
// worth.
void set_delay(benchmark::State& state, const OpenFigures& figures) {
  const auto delays = measure::delays(figures.records, figures.window);
  if (delays.empty()) return;
  const auto late = measure::lateness(figures.records, figures.window);
  auto& counters = state.counters;
  for (const auto& [name, p] : delay_percentiles) {
    const auto found = measure::percentile(delays, p);
    const std::string key = std::string("delay_") + name;
    counters[key + "_us"] = us(found.value);
    counters[key + "_low_us"] = us(found.lower);
    counters[key + "_high_us"] = us(found.upper);
    counters[key + "_instrument"] = instrument(found, late);
    counters[p == headline ? "delay_effective_samples" : key + "_effective_samples"] = found.effective;
    counters[key + "_few"] = found.few ? 1 : 0;
  }
  counters["delay_samples"] = static_cast<double>(delays.size());
  counters["delay_max_us"] = us(*std::ranges::max_element(delays));
}

void set_delay_parts(benchmark::State& state, const OpenFigures& figures) {
  // Of an overload that was ended early nobody in the window may have been served: no delay is none, not
  // zero.
  if (measure::delays(figures.records, figures.window).empty()) return;
  const auto parts = measure::mean_delay(figures.records, figures.window, figures.alone_ns);
  auto& counters = state.counters;
  counters["delay_mean_us"] = us(parts.total());
  counters["late_at_door_us"] = us(parts.door);
  counters["queued_us"] = us(parts.queue);
  counters["in_steps_beyond_us"] = us(parts.steps);
  counters["after_waits_us"] = us(parts.after_waits);
  counters["work_us"] = us(parts.work);
}

// How long customers stay, the waits that they asked for in it.
void set_latency(benchmark::State& state, const OpenFigures& figures) {
  const auto latencies = measure::latencies(figures.records, figures.window);
  if (latencies.empty()) return;
  const auto late = measure::lateness(figures.records, figures.window);
  auto& counters = state.counters;
  for (const auto& [name, p] : latency_percentiles) {
    const auto found = measure::percentile(latencies, p);
    const std::string key = std::string("latency_") + name;
    counters[key + "_us"] = us(found.value);
    counters[key + "_lower_us"] = us(found.lower);
    counters[key + "_upper_us"] = us(found.upper);
    counters[key + "_instrument"] = instrument(found, late);
    counters[key + "_n_eff"] = found.effective;
  }
  counters["latency_mean_us"] = mean_us(latencies);
  counters["latency_max_us"] = us(*std::ranges::max_element(latencies));
  counters["asked_waits_us"] = us(measure::mean_split(figures.records, figures.window).asked_waits);
}

// Of the kinds that come: median and p99 of latency and of delay, or of those that come a few times a day
// median and maximum.
void set_times_by_kind(benchmark::State& state, const OpenFigures& figures) {
  using workload::Kind;
  auto& counters = state.counters;
  for (std::uint32_t k = 0; k < workload::kind_count; ++k) {
    const auto kind = static_cast<Kind>(k);
    const bool rare = kind == Kind::make_coffee || kind == Kind::check_mail;
    const auto set = [&](const std::string& what, std::span<const std::int64_t> times) {
      if (times.empty()) return;
      const std::string key = what + "_" + std::string(workload::info(kind).figure);
      counters[key + "_p50_us"] = percentile_us(times, 0.5);
      counters[key + (rare ? "_max_us" : "_p99_us")] =
          rare ? us(*std::ranges::max_element(times)) : percentile_us(times, 0.99);
    };
    set("latency", measure::latencies(figures.records, figures.window, k));
    set("delay", measure::delays(figures.records, figures.window, k));
  }
}

void set_granted_waits(benchmark::State& state, const OpenFigures& figures) {
  const auto late = measure::wait_lateness(figures.records, figures.window);
  if (late.empty()) return;
  state.counters["wait_late_p50_us"] = percentile_us(late, 0.5);
  state.counters["wait_late_p99_us"] = percentile_us(late, 0.99);
}

void set_cost(benchmark::State& state, const OpenFigures& figures) {
  const auto tasks = std::max(1.0, static_cast<double>(figures.observed.finished_once));
  auto& counters = state.counters;
  counters["cpu_us_per_task"] = us(figures.cost.cpu_ns) / tasks;
  counters["door_cpu_us_per_task"] = us(figures.door_cpu_ns) / tasks;
  counters["sampler_cpu_us_per_task"] = us(figures.sampler_cpu_ns) / tasks;
  counters["record_bytes_per_task"] = sizeof(measure::TaskRecord);
  counters["voluntary_switches"] = static_cast<double>(figures.cost.voluntary_switches);
  counters["involuntary_switches"] = static_cast<double>(figures.cost.involuntary_switches);
  set_disturbance_counters(state, figures.cost);
  counters["effective_cores"] = figures.effective_cores;
}

void set_validity(benchmark::State& state, const OpenRow& row, const OpenFigures& figures) {
  const auto& observed = figures.observed;
  auto& counters = state.counters;
  counters["valid"] = figures.judgement.validity == measure::Validity::valid ? 1 : 0;
  counters["overload"] = figures.judgement.validity == measure::Validity::overload ? 1 : 0;
  counters["overload_ended_early"] = figures.ended_early ? 1 : 0;
  counters["arrivals_seen"] = static_cast<double>(observed.tasks);
  counters["sent_away"] = static_cast<double>(observed.sent_away);
  counters["finished_once"] = static_cast<double>(observed.finished_once);
  counters["window_tasks"] = static_cast<double>(observed.scheduled);
  counters["backlog_begin"] = static_cast<double>(observed.backlog_begin);
  counters["backlog_end"] = static_cast<double>(observed.backlog_end);
  counters["in_flight_sampled"] = observed.in_flight;
  counters["sampled_outside"] = figures.sampled_outside ? 1 : 0;
  counters["in_flight_by_little"] = observed.rate * observed.mean_stay;
  std::string label = measure::to_string(figures.judgement.validity);
  for (const std::string& reason : figures.judgement.reasons) label += "; " + reason;
  state.SetLabel(label + costs_note(row.row));
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

// That a run takes. In virtual time that is what its steps take, which are run, twice, and no arrival is
// slept for.
double seconds_of(const OpenRow& row) {
  if (!row.row.is_virtual() || row.is_null()) return duration_of(row) + 0.2;
  Row run = row.row;
  run.parameters.tasks =
      row.traced ? static_cast<double>(row.traced->size()) : row.schedule.rate * duration_of(row);
  return 2 * nominal_seconds(run);
}

bool has_door(const OpenRow& row) { return backend::has_door(row.row.ways(), row.team()); }

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
  counters["door"] = has_door(row) ? 1 : 0;
}

// Every figure as a counter, the validity with its reasons as the label.
void set_figures(benchmark::State& state, const OpenRow& row, const OpenFigures& figures,
                 const measure::Floor& floor) {
  auto& counters = state.counters;
  counters["tasks"] = static_cast<double>(figures.records.size());
  counters["rate"] = row.schedule.rate;  // of a fraction it is known only now
  counters["digest_ok"] = 1;             // a run that is not ends the process
  set_delay(state, figures);
  set_delay_parts(state, figures);
  set_latency(state, figures);
  if (!row.is_null() && !row.row.is_service()) set_times_by_kind(state, figures);
  set_granted_waits(state, figures);
  set_worker_counters(state, row.row, figures.effective_workers,
                      figures.most_at_once >= static_cast<std::uint64_t>(row.row.workers));
  set_cost(state, figures);
  if (figures.service)
    set_service_counters(state, *figures.service,
                         std::max(1.0, static_cast<double>(figures.observed.finished_once)));
  set_floor(state, figures, floor);
  set_validity(state, row, figures);
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
  counters["slo_of_delay"] = slo.delay ? 1 : 0;
  if (slo.kind) counters["slo_of_" + std::string(workload::info(*slo.kind).figure)] = 1;
  counters["passing_per_second"] = capacity.passing;
  counters["failing_per_second"] = capacity.failing;
  counters["passing_confirmed"] = capacity.passing_confirmed ? 1 : 0;
  counters["failing_confirmed"] = capacity.failing_confirmed ? 1 : 0;
  counters["ended_by_budget"] = capacity.exhausted ? 1 : 0;
  counters["unclear_rates"] = capacity.unclear;
  counters["runs"] = capacity.runs;
  state.SetLabel(to_string(capacity));
}

}  // namespace

MeasuredRow open_row(const OpenRow& row, const measure::Floor& floor, SideFiles& files) {
  return {
      .name = row.name(),
      .seconds = seconds_of(row),
      .set_parameters = [row](benchmark::State& state) { set_parameters(state, row); },
      .measure = [row, &floor, &files](benchmark::State& state) { measure_open(state, row, floor, files); }};
}

MeasuredRow capacity_row(const OpenRow& row, const Slo& slo, double resolution, const Budget& budget) {
  // What a run takes beside its arrivals is about as much again: its plan is done directly, and what was late
  // is followed to the end.
  constexpr double seconds_per_second = 2;
  // In virtual time, some of them four times as long: each trial takes as long as its tasks.
  constexpr double most_trials = 60;
  return {.name = "capacity/" + row.shop_name() + "/slo:" + slo.text,
          .seconds = row.row.is_virtual() ? most_trials * seconds_of(row) : 10 * row.schedule.duration,
          .set_parameters =
              [row](benchmark::State& state) {
                set_parameter_counters(state, row.row);
                state.counters["door"] = has_door(row) ? 1 : 0;
              },
          .measure =
              [row, slo, resolution, &budget](benchmark::State& state) {
                const double seconds = budget.left() / seconds_per_second;
                const auto search = [&] {
                  set_capacity_counters(state, slo, search_capacity(row, slo, resolution, seconds));
                };
                // Nobody disturbs virtual time.
                if (row.row.is_virtual()) return search();
                count_disturbances(state, search);
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
