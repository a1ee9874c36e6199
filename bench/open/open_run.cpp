#include "bench/open/open_run.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "bench/closed/measured_run.hpp"
#include "workloads/synthetic.hpp"

namespace bookstore {

namespace {

constexpr std::int64_t hiccup_watch_ns = 10'000'000;
// From the start of the run to its first possible arrival: the workers are asleep by then, as they would be
// in a quiet shop.
constexpr std::int64_t lead_ns = 5'000'000;

// Where the workers are the door, customers who stand before busy ones are let in only when they are taken.
// They are in flight all the same: what the schedule has sent, less what the counters saw finished.
void count_from_arrival(std::vector<measure::FlightSample>& samples,
                        const std::vector<std::int64_t>& arrivals) {
  for (measure::FlightSample& sample : samples)
    sample.in_flight = std::ranges::upper_bound(arrivals, sample.time) - arrivals.begin() - sample.finished;
}

// Runs a job on the schedule and fills in all figures but the proof of its result.
template <class Backend, class J>
OpenFigures time_open_run(const OpenRow& row, Backend& backend, J& job,
                          const std::vector<std::int64_t>& arrivals) {
  OpenFigures figures;
  figures.records = make_records(arrivals);
  // One place each for the workers, the door and the thread that builds the run.
  measure::FlightCounters counters(row.row.workers + 2);
  figures.before = measure::watch_hiccups(hiccup_watch_ns);
  measure::FlightSampler sampler(counters, row.schedule.seed);
  const backend::SteadyClock clock;
  const measure::Cost before = measure::cost_so_far();
  const std::int64_t caller_before = measure::thread_cpu_ns();
  const std::int64_t start = clock.now() + lead_ns;
  backend.run(job, backend::Schedule{.at = arrivals, .start = start},
              measure::Stamps<>(figures.records, counters));
  figures.run_ns = clock.now() - start;
  const std::int64_t caller_cpu = measure::thread_cpu_ns() - caller_before;
  figures.cost = measure::cost_so_far() - before;
  sampler.stop();
  figures.sampler_cpu_ns = sampler.cpu_ns();
  figures.cost.cpu_ns -= sampler.cpu_ns();
  figures.after = measure::watch_hiccups(hiccup_watch_ns);
  figures.door_cpu_ns = backend::has_door(Backend::traits, row.team()) ? caller_cpu : 0;
  figures.effective_workers = counters.finishing_threads();
  figures.effective_cores = mask_size(row.row, Backend::traits);
  set_start(figures.records, start);
  for (const auto& sample : sampler.samples())
    figures.in_flight.push_back({sample.time - start, sample.in_flight, sample.finished});
  if (!backend::has_door(Backend::traits, row.team())) count_from_arrival(figures.in_flight, arrivals);
  return figures;
}

void judge_run(OpenFigures& figures, measure::InFlightFrom from) {
  figures.window = measure::select_window(figures.records);
  figures.observed = measure::observe(figures.records, figures.window, from);
  figures.observed.steal = figures.cost.steal_fraction();
  figures.observed.throttled_periods = figures.cost.throttling.periods;
  const auto flight = measure::mean_in_flight(figures.in_flight, figures.window.begin, figures.window.end);
  figures.observed.in_flight = flight.mean;
  // Few samples of a nearly empty shop are all alike, and batch means take that for certainty: a Poisson
  // count's own error is the least that there can be.
  const double expected = figures.observed.rate * figures.observed.mean_stay;
  figures.observed.in_flight_error = std::max(
      flight.error, flight.samples == 0 ? 0.0 : std::sqrt(expected / static_cast<double>(flight.samples)));
  figures.judgement = measure::judge(figures.observed);
}

template <class Backend>
OpenFigures run_null(const OpenRow& row, const std::vector<std::int64_t>& arrivals) {
  auto backend = backend::make_backend<Backend>(row.team(), backend::Load::open);
  measure::call_roll(backend, backend::Load::open);
  workload::NullJob job{static_cast<std::uint32_t>(arrivals.size())};
  return time_open_run(row, backend, job, arrivals);
}

template <class Backend, class Locks>
OpenFigures run_shop(const OpenRow& row, const std::vector<std::int64_t>& arrivals) {
  workload::Parameters parameters = row.row.parameters;
  parameters.tasks = static_cast<double>(arrivals.size());
  const workload::Plan plan(workload::find_mix(row.row.workload), parameters);
  const Reference reference = do_reference(plan);
  auto backend = backend::make_backend<Backend>(row.team(), backend::Load::open);
  measure::call_roll(backend, backend::Load::open);
  workload::Shop<Locks> shop(plan);
  shop.open();
  OpenFigures figures = time_open_run(row, backend, shop, arrivals);
  shop.close();
  figures.digest = reference.digest;
  prove_result(row.row, shop, reference.digest);
  for (std::uint32_t task = 0; task < plan.size(); ++task)
    figures.records[task].kind = static_cast<std::uint32_t>(plan.kind(task));
  return figures;
}

}  // namespace

std::vector<measure::TaskRecord> make_records(const std::vector<std::int64_t>& arrivals) {
  std::vector<measure::TaskRecord> records(arrivals.size());
  for (std::size_t task = 0; task < arrivals.size(); ++task) records[task].intended = arrivals[task];
  return records;
}

void set_start(std::vector<measure::TaskRecord>& records, std::int64_t start) {
  for (measure::TaskRecord& record : records) {
    record.released -= start;
    record.started -= start;
    record.finished -= start;
  }
}

OpenFigures measure_open_row(const OpenRow& row, const std::vector<std::int64_t>& arrivals) {
  OpenFigures figures;
  if (row.is_null()) {
    backend::with_backend(row.row.backend,
                          [&]<class Backend>() { figures = run_null<Backend>(row, arrivals); });
  } else {
    with_backend_and_locks(
        row.row, [&]<class Backend, class Locks>() { figures = run_shop<Backend, Locks>(row, arrivals); });
  }
  const auto& traits = backend::find_backend(row.row.backend);
  judge_run(figures, backend::has_door(traits, row.team()) ? measure::InFlightFrom::release : measure::InFlightFrom::arrival);
  prove_claims(row.name(), row.row, traits, figures.effective_cores, figures.effective_workers);
  return figures;
}

double closed_throughput(const OpenRow& row) {
  Row closed = row.row;
  closed.backend = row.of;
  closed.pinned.reset();
  if (backend::find_backend(row.of).single_threaded) {
    closed.workers = 1;
  } else {
    closed.locks = false;
  }
  closed.tasks_given = false;
  choose_tasks(closed, closed.cores);
  return closed.parameters.tasks * 1e9 / static_cast<double>(measure_row(closed, false).run_ns);
}

}  // namespace bookstore
