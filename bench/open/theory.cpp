#include "bench/open/theory.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <future>
#include <stdexcept>

#include "bench/backends/threads.hpp"
#include "bench/measure/probes/flight_sampler.hpp"
#include "bench/measure/probes/roll_call.hpp"
#include "bench/measure/probes/stamps.hpp"
#include "bench/measure/probes/whereabouts.hpp"
#include "bench/measure/statistics/percentiles.hpp"
#include "bench/model/queueing.hpp"
#include "bench/model/recursion.hpp"
#include "bench/rows/schedule.hpp"
#include "workloads/random.hpp"
#include "workloads/synthetic.hpp"

namespace bookstore {

namespace {

constexpr double mean_service_ns = 2e6;
constexpr double narrow_enough = 0.15;
constexpr int schedules = 10;
// Up to four workers: pure waits take a few per cent of a core, so that more schedules fit into the same
// time.
constexpr int schedules_at_once = 5;
// Student's t for 9 degrees of freedom, two-sided at 0.95^(1/7): the seven cases' intervals hold together
// with 95 %. Were each one of 95 %, a perfect instrument would fail the check three times in ten.
constexpr double t_9 = 3.447730;
// A schedule starts with an empty shop: its first tasks wait too little, and are left out of the mean wait.
constexpr std::size_t warm_up_share = 10;

ScheduleOutcome run_schedule(const TheoryCase& which, double seconds, std::uint64_t seed,
                             measure::Whereabouts& whereabouts) {
  const double rate = which.rho * which.workers * 1e9 / mean_service_ns;
  const auto arrivals = make_schedule({.rate = rate, .duration = seconds, .seed = seed}, 10'000'000);
  SplitMix64 random{mix64(seed + 77)};
  std::vector<Wait> services(arrivals.size());
  for (Wait& service : services) service = 1 + static_cast<Wait>(mean_service_ns * exponential(random));
  backend::Threads pool(which.workers, backend::Load::open);
  measure::call_roll(pool, backend::Load::open);
  std::vector<measure::TaskRecord> records(arrivals.size());
  measure::FlightCounters counters(which.workers + 2);
  workload::WaitJob job{services};
  const std::int64_t start = backend::SteadyClock().now() + 5'000'000;
  pool.run(job, backend::Schedule{.at = arrivals, .start = start},
           measure::Watched(whereabouts, pool, measure::Stamps<>(records, counters)));

  std::vector<std::int64_t> measured(records.size());
  ScheduleOutcome outcome;
  const auto share = 1.0 / static_cast<double>(records.size());
  const std::size_t warm_up = records.size() / warm_up_share;
  const auto share_after = 1.0 / static_cast<double>(records.size() - warm_up);
  for (std::size_t i = 0; i < records.size(); ++i) {
    measured[i] = records[i].finished - records[i].started;
    outcome.service += share * static_cast<double>(measured[i]);
    outcome.wait += share * static_cast<double>(records[i].started - start - arrivals[i]);
    if (i >= warm_up)
      outcome.queueing += share_after * static_cast<double>(records[i].started - records[i].released);
    const std::int64_t late = records[i].released - start - arrivals[i];
    if (late > 0) outcome.lateness.push_back(late);
  }
  const auto predicted =
      model::first_come_starts(arrivals, measured, static_cast<std::size_t>(which.workers));
  for (std::size_t i = 0; i < records.size(); ++i) {
    outcome.recursion_wait += share * static_cast<double>(predicted[i] - arrivals[i]);
    outcome.off_by.push_back(std::abs(records[i].started - start - predicted[i]));
  }
  return outcome;
}

}  // namespace

std::vector<TheoryCase> theory_cases() {
  return {{1, 0.5}, {2, 0.5}, {4, 0.5}, {1, 0.7}, {2, 0.7}, {4, 0.7}, {16, 0.9}};
}

bool TheoryResult::recursion_holds() const {
  return std::abs(measured_wait_us - recursion_wait_us) <= 2 * mean_lateness_us && starts_within_p99 >= 0.95;
}
bool TheoryResult::erlang_holds() const {
  return erlang_wait_us >= queueing_lower_us && erlang_wait_us <= queueing_upper_us;
}
double TheoryResult::half_width() const {
  const double centre = (queueing_upper_us + queueing_lower_us) / 2;
  return centre > 0 ? (queueing_upper_us - queueing_lower_us) / 2 / centre : 1;
}
bool TheoryResult::precise_enough() const { return which.workers > 4 || half_width() <= narrow_enough; }

// By simulation of 400 checks: so many that the interval is within 15 % of its centre in 19 of 20. Sixteen
// workers at 0.9 would take half an hour.
double theory_seconds(const TheoryCase& which) {
  if (which.workers > 4) return 40;
  if (which.rho < 0.6) return which.workers == 2 ? 130 : 150;
  return which.workers == 1 ? 220 : which.workers == 2 ? 155 : 110;
}

TheoryResult summarise(const TheoryCase& which, const std::vector<ScheduleOutcome>& outcomes) {
  if (outcomes.size() != schedules) throw std::logic_error("the interval is one over ten schedules");
  constexpr double count = schedules;
  TheoryResult result{.which = which};
  std::vector<std::int64_t> off_by;
  std::vector<std::int64_t> lateness;
  for (const ScheduleOutcome& outcome : outcomes) {
    result.measured_wait_us += outcome.wait / 1e3 / count;
    result.queueing_us += outcome.queueing / 1e3 / count;
    result.mean_service_us += outcome.service / 1e3 / count;
    result.recursion_wait_us += outcome.recursion_wait / 1e3 / count;
    off_by.insert(off_by.end(), outcome.off_by.begin(), outcome.off_by.end());
    lateness.insert(lateness.end(), outcome.lateness.begin(), outcome.lateness.end());
  }
  result.tasks = off_by.size();
  double variance = 0;
  for (const ScheduleOutcome& outcome : outcomes)
    variance += std::pow(outcome.queueing / 1e3 - result.queueing_us, 2) / (count - 1);
  const double half = t_9 * std::sqrt(variance / count);
  result.queueing_lower_us = result.queueing_us - half;
  result.queueing_upper_us = result.queueing_us + half;
  for (const std::int64_t late : lateness)
    result.mean_lateness_us += static_cast<double>(late) / 1e3 / static_cast<double>(lateness.size());
  std::int64_t p99 = 0;
  if (!lateness.empty()) {
    std::ranges::sort(lateness);
    p99 = lateness[measure::nearest_rank(0.99, lateness.size()) - 1];
  }
  result.p99_lateness_us = static_cast<double>(p99) / 1e3;
  result.starts_within_p99 =
      static_cast<double>(std::ranges::count_if(off_by, [&](std::int64_t off) { return off <= p99; })) /
      static_cast<double>(off_by.size());
  const double rate = which.rho * which.workers * 1e3 / mean_service_ns;  // per microsecond
  result.erlang_wait_us =
      model::MMc(rate, 1 / result.mean_service_us, static_cast<std::size_t>(which.workers)).mean_wait();
  return result;
}

TheoryResult check_theory(const TheoryCase& which, double seconds) {
  const int at_once = which.workers > 4 ? 1 : schedules_at_once;
  std::vector<ScheduleOutcome> outcomes;
  for (int first = 0; first < schedules; first += at_once) {
    measure::Whereabouts whereabouts(at_once * which.workers);  // of all pools at once
    std::vector<std::future<ScheduleOutcome>> running;
    for (int s = first; s < first + at_once; ++s) {
      const auto seed = static_cast<std::uint64_t>(1000 * which.workers + 100 * which.rho + s);
      running.push_back(std::async(std::launch::async, run_schedule, which, seconds / schedules, mix64(seed),
                                   std::ref(whereabouts)));
    }
    for (auto& schedule : running) outcomes.push_back(schedule.get());
  }
  return summarise(which, outcomes);
}

}  // namespace bookstore
