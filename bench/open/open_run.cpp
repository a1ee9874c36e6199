#include "bench/open/open_run.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include "bench/closed/measured_run.hpp"
#include "bench/measure/machine/mask.hpp"
#include "bench/measure/probes/flight_sampler.hpp"
#include "bench/measure/probes/stamps.hpp"
#include "bench/measure/probes/whereabouts.hpp"
#include "bench/open/alone.hpp"
#include "bench/open/early_end.hpp"
#include "bench/rows/sizes.hpp"
#include "bench/rows/work.hpp"
#include "workloads/synthetic.hpp"

namespace bookstore {

namespace {

constexpr std::int64_t hiccup_watch_ns = 10'000'000;
// From the start of the run to its first possible arrival: the workers are asleep by then, as they would be
// in a quiet shop.
constexpr std::int64_t lead_ns = 5'000'000;

// Those who look on while a run goes on, on other CPUs than the run's if they can: one samples the tasks in
// flight, one ends a run that is past hope.
class Observers {
 public:
  Observers(const measure::FlightCounters& counters, const std::vector<std::int64_t>& arrivals,
            std::int64_t start, std::uint64_t seed, std::int64_t longest_waits)
      : early_end_(counters, arrivals, start, longest_waits) {
    // Beyond the last arrival by more than a window ends after it.
    constexpr std::int64_t beyond_ns = 1'000'000'000;
    if (measure::cpus_outside_mask().empty())
      log_.emplace(counters, measure::poisson_instants(start, start + arrivals.back() + beyond_ns, seed));
    else
      sampler_.emplace(counters, seed);
  }

  const EarlyEnd& early_end() const { return early_end_; }
  measure::FlightLog* log() { return log_ ? &*log_ : nullptr; }

  // When the run has drained.
  void stop(std::int64_t now) {
    if (log_) log_->pass(now);
    if (sampler_) sampler_->stop();
    early_end_.stop();
  }
  std::span<const measure::FlightSample> samples() const {
    return log_ ? log_->samples() : sampler_->samples();
  }
  std::int64_t cpu_ns() const { return early_end_.cpu_ns() + (sampler_ ? sampler_->cpu_ns() : 0); }
  // Whether they have CPUs of their own.
  bool outside() const { return sampler_.has_value(); }

 private:
  EarlyEnd early_end_;
  std::optional<measure::FlightLog> log_;
  std::optional<measure::FlightSampler> sampler_;
};

// What the service answers late on CPUs of its own is no delay of the backend's: it is granted as part of the
// wait that was asked for.
void grant_lateness(std::vector<measure::TaskRecord>& records, std::span<const std::int64_t> late) {
  for (std::size_t task = 0; task < records.size(); ++task) records[task].asked_waits += late[task];
}

// The figures of a run, and which of its tasks were sent away, by task.
struct TimedRun {
  OpenFigures figures;
  std::vector<std::uint8_t> sent_away;
};

// Runs a job on the schedule and fills in all figures but the proof of its result. Records of kinds that
// `kind_of(task)` tells.
template <class J, class KindOf>
TimedRun time_open_run(const OpenRow& row, backend::AnyBackend& backend, J& job, const KindOf& kind_of,
                       std::int64_t longest_waits, const std::vector<std::int64_t>& arrivals,
                       RowService* service = nullptr) {
  OpenFigures figures;
  figures.records = make_records(arrivals);
  for (std::uint32_t task = 0; task < arrivals.size(); ++task) figures.records[task].kind = kind_of(task);
  // One place each for the workers, the door and the thread that builds the run.
  measure::FlightCounters counters(row.row.workers + 2);
  measure::Whereabouts whereabouts(row.row.workers);
  figures.before = measure::watch_hiccups(hiccup_watch_ns);
  const backend::SteadyClock clock;
  const std::int64_t start = clock.now() + lead_ns;
  Observers observers(counters, arrivals, start, row.schedule.seed, longest_waits);
  if (service != nullptr) service->begin();
  const measure::Cost before = measure::cost_so_far();
  const std::int64_t caller_before = measure::thread_cpu_ns();
  const std::atomic<bool>& closed = observers.early_end().closed();
  ClosableJob<J> closable(job, closed);
  const backend::Schedule door{.at = arrivals, .start = start, .hurried = &closed};
  const measure::Watched probe(whereabouts, backend,
                               measure::Stamps<>(figures.records, counters, clock, observers.log()));
  if (service != nullptr)
    backend.run(closable, door, probe, service->waiter());
  else
    backend.run(closable, door, probe);
  figures.run_ns = clock.now() - start;
  const std::int64_t caller_cpu = measure::thread_cpu_ns() - caller_before;
  figures.cost = measure::cost_so_far() - before;
  if (service != nullptr) figures.service = service->figures();
  observers.stop(clock.now());
  figures.sampler_cpu_ns = observers.cpu_ns();
  figures.cost.cpu_ns -= observers.cpu_ns();
  // What was counted as our own is not to hide what others took of the run's CPUs.
  if (observers.outside()) figures.cost.others_ns += observers.cpu_ns();
  figures.sampled_outside = observers.outside();
  figures.after = measure::watch_hiccups(hiccup_watch_ns);
  figures.has_door = backend::has_door(backend.traits, row.team());
  figures.door_cpu_ns = figures.has_door ? caller_cpu : 0;
  figures.effective_workers = counters.finishing_threads();
  figures.effective_cores = mask_size(row.row, backend.traits);
  if (figures.service && figures.service->outside) grant_lateness(figures.records, service->late());
  set_start(figures.records, start);
  for (const auto& sample : observers.samples())
    figures.in_flight.push_back({sample.time - start, sample.in_flight, sample.finished});
  if (!figures.has_door) measure::count_from_arrival(figures.in_flight, arrivals);
  if (const auto closed_at = observers.early_end().closed_at()) {
    figures.ended_early = true;
    cut_records(figures.records, closable.sent_away(), *closed_at);
    const auto away = std::span(closable.sent_away()).first(figures.records.size());
    figures.sent_away = static_cast<std::uint64_t>(std::ranges::count(away, 1));
  }
  return {std::move(figures), closable.sent_away()};
}

// The same in virtual time, where nobody has to look on from outside, and no run is ended early: an overload
// is followed to its end.
template <class J, class KindOf>
TimedRun time_open_run(const OpenRow& row, backend::Simulated& backend, J& job, const KindOf& kind_of,
                       std::int64_t longest_waits, const std::vector<std::int64_t>& arrivals,
                       const RowService* /*service*/ = nullptr) {
  OpenFigures figures;
  figures.records = make_records(arrivals);
  for (std::uint32_t task = 0; task < arrivals.size(); ++task) figures.records[task].kind = kind_of(task);
  measure::FlightCounters counters(1);
  const std::int64_t start = backend.clock().now();
  const std::int64_t last = start + arrivals.back() + longest_waits;
  // To look takes no time here: as often as even a short run needs.
  const double gap = std::min(measure::usual_gap_ns, static_cast<double>(last - start) / 1000);
  measure::FlightLog log(counters, measure::poisson_instants(start, last, row.schedule.seed, gap));
  backend.run(job, backend::Schedule{.at = arrivals, .start = start},
              measure::Stamps(figures.records, counters, backend.clock(), &log));
  const auto& played = backend.figures();
  log.pass(played.end);
  figures.run_ns = played.end - start;
  figures.cost.cpu_ns = played.cpu_ns;
  figures.cost.voluntary_switches = static_cast<std::int64_t>(played.sleeps);
  figures.cost.involuntary_switches = static_cast<std::int64_t>(played.preemptions);
  figures.has_door = backend::has_door(row.row.ways(), row.team());
  figures.door_cpu_ns = played.door_cpu_ns;
  figures.effective_workers = static_cast<int>(played.busy_workers);
  figures.effective_cores = row.row.cores;
  set_start(figures.records, start);
  for (const auto& sample : log.samples())
    figures.in_flight.push_back({sample.time - start, sample.in_flight, sample.finished});
  if (!figures.has_door) measure::count_from_arrival(figures.in_flight, arrivals);
  return {std::move(figures), std::vector<std::uint8_t>(arrivals.size())};
}

// The digest of a shop in which all were served but those who were sent away.
template <class Shop>
std::uint64_t digest_without(const typename Shop::Plan& plan, const std::vector<std::uint8_t>& sent_away) {
  typename Shop::Unlocked shop(plan);
  shop.open();
  for (std::uint32_t task = 0; task < plan.size(); ++task)
    for (std::uint32_t step = 0; sent_away[task] == 0 && shop.step(task, step) >= 0; ++step) {
    }
  shop.close(false);
  return shop.digest();
}

// What the plan's kinds of task take when nothing is in their way, in a shop that nobody looks at.
std::vector<double> alone_in_a_shop(const workload::Plan& plan) {
  workload::Shop<workload::NoLocks> shop(plan);
  shop.open();
  return work_alone(shop, [&plan](std::uint32_t task) { return plan.kind(task); });
}
// The same for service. Where tasks differ there is no kind to compare one with: none takes more than it does
// alone.
std::vector<double> alone_in_a_shop(const workload::ServicePlan& plan) {
  if (!plan.all_alike()) return {};
  workload::Service service(plan);
  return work_alone(service, [](std::uint32_t) { return 0; });
}

// What the kinds of a plan take in virtual time when nothing is in their way; service has none to compare
// with.
std::vector<double> alone_in_virtual_time(const backend::Played& played) {
  std::vector<double> alone;
  for (const auto& steps : played.prices) {
    double sum = steps.empty() ? std::numeric_limits<double>::infinity() : 0;
    for (const backend::StepPrice& step : steps) sum += static_cast<double>(step.work);
    alone.push_back(sum);
  }
  return alone;
}

void judge_run(const OpenRow& row, OpenFigures& figures, measure::InFlightFrom from) {
  figures.window = measure::select_window(
      figures.records, row.row.is_virtual() ? measure::virtual_warm_up_sojourns : measure::warm_up_sojourns);
  figures.observed = measure::observe(figures.records, figures.window, from);
  figures.observed.ended_early = figures.ended_early;
  figures.observed.sent_away = figures.sent_away;
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
  auto backend = make_backend<Backend>(row.row, row.team(), backend::Load::open);
  if constexpr (!runs_in_virtual_time<Backend>) measure::call_roll(backend, backend::Load::open);
  workload::NullJob job{static_cast<std::uint32_t>(arrivals.size())};
  const auto kind_of = [](std::uint32_t) { return std::uint32_t{0}; };
  OpenFigures figures = time_open_run(row, backend, job, kind_of, 0, arrivals).figures;
  if constexpr (!runs_in_virtual_time<Backend>) figures.alone_ns = work_alone(job, kind_of);
  return figures;
}

template <class Backend, class Shop>
OpenFigures run_shop(const OpenRow& row, const std::vector<std::int64_t>& arrivals) {
  Row closed = row.row;
  closed.parameters.tasks = static_cast<double>(arrivals.size());
  const auto plan = make_plan<Shop>(closed);
  const auto kinds = [&plan](std::uint32_t task) { return kind_of(plan, task); };
  const Reference reference = do_reference<Shop>(plan);
  auto backend = make_backend<Backend>(row.row, row.team(), backend::Load::open);
  std::vector<double> alone_ns;
  if constexpr (runs_in_virtual_time<Backend>) {
    alone_ns = alone_in_virtual_time(backend.played());
  } else {
    alone_ns = alone_in_a_shop(plan);
    measure::call_roll(backend, row.team(), backend::Load::open);
  }
  Shop shop(plan);
  shop.open();
  const auto service = make_service(row.row, plan.size(), backend);
  TimedRun run = with_service(service, [&] {
    return time_open_run(row, backend, shop, kinds, longest_waits(plan), arrivals, service.get());
  });
  OpenFigures& figures = run.figures;
  shop.close(!figures.ended_early);
  // No outcome depends on another task's: the tasks that were done have a digest of their own.
  figures.digest = figures.ended_early ? digest_without<Shop>(plan, run.sent_away) : reference.digest;
  figures.alone_ns = std::move(alone_ns);
  prove_result(row.row, shop, figures.digest, !figures.ended_early);
  return std::move(figures);
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
  if (row.is_null() && row.row.is_virtual()) {
    figures = run_null<backend::Simulated>(row, arrivals);
  } else if (row.is_null()) {
    figures = run_null<backend::AnyBackend>(row, arrivals);
  } else {
    with_backend_and_shop(
        row.row, [&]<class Backend, class Shop>() { figures = run_shop<Backend, Shop>(row, arrivals); });
  }
  const auto& traits = row.row.ways();
  judge_run(row, figures, figures.has_door ? measure::InFlightFrom::release : measure::InFlightFrom::arrival);
  figures.most_at_once = traits.waits == backend::Waits::blocking
                             ? measure::most_at_once(figures.records, &measure::TaskRecord::released,
                                                     &measure::TaskRecord::finished)
                             : measure::most_at_once(figures.records, &measure::TaskRecord::released,
                                                     &measure::TaskRecord::started);
  prove_claims(row.name(), row.row, backend::find_backend(row.row.backend), figures.effective_cores,
               figures.effective_workers);
  return figures;
}

double closed_throughput(const OpenRow& row) {
  Row closed = row.row;
  (closed.is_virtual() ? closed.as : closed.backend) = row.of;
  closed.pinned.reset();
  closed.desk = 0;
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
