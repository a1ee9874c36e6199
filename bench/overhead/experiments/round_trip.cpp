#include "bench/overhead/experiments/round_trip.hpp"

#include <algorithm>
#include <string>

#include "bench/backends/any_backend.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/probes/roll_call.hpp"
#include "bench/measure/statistics/percentiles.hpp"
#include "bench/rows/row_service.hpp"
#include "workloads/wrong_result.hpp"
#ifdef BOOKSTORE_HAVE_URING
#  include "bench/backends/event_loop/event_loop.hpp"
#  include "bench/overhead/support/ring_waits.hpp"
#endif

namespace bookstore::overhead {

namespace {

// The backend event_loop with a waiter of its own.
constexpr const char* ring_name = "event_loop_uring";
#ifdef BOOKSTORE_HAVE_URING
constexpr bool has_ring = true;
#else
constexpr bool has_ring = false;
#endif

backend::WaitsBy waits_of(const OverheadRow& row) {
  return static_cast<backend::WaitsBy>(static_cast<int>(row.param("waits")));
}

struct Trips {
  std::int64_t ns = 0;
  measure::Cost cost;
  std::optional<ServiceFigures> service;
};

// One run; `run(job)` returns what it took.
template <class Run>
Trips measure_trips(RoundTripJob& job, RowService* service, const Run& run) {
  Trips trips;
  if (service != nullptr) service->begin();
  const measure::Cost before = measure::cost_so_far();
  trips.ns = run(job).ns();
  trips.cost = measure::cost_so_far() - before;
  if (service != nullptr) trips.service = service->figures();
  return trips;
}

Trips measure_backend(const OverheadRow& row, RoundTripJob& job) {
  backend::AnyBackend backend(row.backend, row.workers);
  measure::call_roll(backend);
  if (waits_of(row) == backend::WaitsBy::timer)
    return measure_trips(job, nullptr,
                         [&](RoundTripJob& each) { return backend.run(each, backend::AllAtOnce{}); });
  RowService service(row.name(), waits_of(row), 1, row.workers, [&backend] { return backend.worker(); });
  return service.guarded([&] {
    return measure_trips(job, &service, [&](RoundTripJob& each) {
      return backend.run(each, backend::AllAtOnce{}, backend::NoProbe{}, service.waiter());
    });
  });
}

#ifdef BOOKSTORE_HAVE_URING
Trips measure_ring(const OverheadRow& row, RoundTripJob& job) {
  Ring ring;
  backend::EventLoop loop(1);
  RowService service(row.name(), waits_of(row), 1, 1, [] { return 0; });
  return service.guarded([&] {
    return measure_trips(job, &service, [&](RoundTripJob& each) {
      return loop.run(each, backend::AllAtOnce{}, backend::NoProbe{}, RingWaits(service.waiter(), ring));
    });
  });
}
#else
Trips measure_ring(const OverheadRow& row, RoundTripJob&) {
  throw std::logic_error(row.name() + ": built without io_uring");
}
#endif

Figures run_round_trip(const OverheadRow& row) {
  const auto waits = static_cast<std::uint32_t>(row.param("round_trips"));
  RoundTripJob job(waits);
  const Trips trips = row.backend == ring_name ? measure_ring(row, job) : measure_backend(row, job);
  const double us_per_ns = 1e-3;
  if (trips.service && trips.service->account.answers != waits)
    throw workload::WrongResult(row.name() + ": the service answered " +
                                std::to_string(trips.service->account.answers) + " of " +
                                std::to_string(waits) + " requests");
  // The first ones find nothing warm.
  const std::vector<std::int64_t> times(job.times().begin() + waits / 10, job.times().end());
  Figures figures;
  figures.seconds = static_cast<double>(trips.ns) * 1e-9;
  figures.cost = trips.cost;
  figures.counters = {
      {"round_trip_p50_us", static_cast<double>(measure::percentile(times, 0.5).value) * us_per_ns},
      {"round_trip_p99_us", static_cast<double>(measure::percentile(times, 0.99).value) * us_per_ns},
      {"cpu_us_per_round_trip", static_cast<double>(trips.cost.cpu_ns) * us_per_ns / waits}};
  if (trips.service) {
    const service::Reply& account = trips.service->account;
    figures.counters["service_cpu_us_per_round_trip"] =
        static_cast<double>(account.cpu_ns) * us_per_ns / waits;
    figures.counters["service_late_p50_us"] = static_cast<double>(account.late_p50) * us_per_ns;
    figures.counters["service_late_p99_us"] = static_cast<double>(account.late_p99) * us_per_ns;
    figures.counters["service_outside"] = trips.service->outside ? 1 : 0;
  }
  return figures;
}

void check_round_trip(const OverheadRow& row) {
  if (row.backend == ring_name && waits_of(row) == backend::WaitsBy::timer)
    throw std::invalid_argument(std::string(ring_name) +
                                " is event_loop where waits are timers; give it waits:unix or waits:tcp");
}

std::vector<Contender> contenders() {
  std::vector<Contender> all = all_backends();
  all.push_back({.name = ring_name, .single_threaded = true, .left_out = !has_ring});
  return all;
}

}  // namespace

Experiment round_trip_experiment() {
  return {
      .name = "round_trip",
      .measures = "one task that waits a nanosecond again and again: what a wait takes beside itself",
      .params =
          {{.name = "waits", .standard = 0, .minimum = 0, .maximum = 2, .names = {"timer", "unix", "tcp"}},
           {.name = "round_trips", .standard = 2000, .minimum = 100, .maximum = 1e7}},
      .contenders = contenders(),
      .default_params =
          [](const Contender& contender) {
            std::vector<std::string> texts{"waits:unix", "waits:tcp"};
            if (contender.name != ring_name) texts.insert(texts.begin(), "");
            return texts;
          },
      .seconds = [](const OverheadRow& row) { return 0.1 + 100e-6 * row.param("round_trips"); },
      .run = run_round_trip,
      .check = check_round_trip};
}

}  // namespace bookstore::overhead
