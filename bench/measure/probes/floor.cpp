#include "bench/measure/probes/floor.hpp"

#include <algorithm>

#include "bench/measure/probes/stamps.hpp"
#include "bench/measure/statistics/median.hpp"
#include "bench/measure/statistics/percentiles.hpp"
#include "bench/seam/run.hpp"

namespace bookstore::measure {
namespace {

// One task of two steps through the probe, on one thread, in passes: how many nanoseconds a task takes beyond
// the same number of readings of the clock. Each pass takes these too, so that what the host does in between
// hits both.
std::vector<double> recording_passes() {
  constexpr std::uint32_t tasks = 20'000;
  constexpr int passes = 7;
  constexpr Wait short_wait = 1;
  const backend::SteadyClock clock;
  std::vector<TaskRecord> records(tasks);
  FlightCounters counters(1);
  Stamps<> probe(records, counters);
  std::vector<double> differences;
  for (int pass = 0; pass < passes; ++pass) {
    const std::int64_t begin = clock.now();
    for (std::uint32_t task = 0; task < tasks; ++task) {
      probe.released(task, begin);
      probe.before(task, 0);
      probe.after(task, 0, short_wait);
      probe.before(task, 1);
      probe.after(task, 1, done);
    }
    const std::int64_t recorded = clock.now();
    for (std::uint32_t reading = 0; reading < 4 * tasks; ++reading) clock.now();
    const std::int64_t read = clock.now();
    differences.push_back(static_cast<double>((recorded - begin) - (read - recorded)) / tasks);
  }
  return differences;
}

}  // namespace

double recording_cost(const std::vector<double>& passes) { return std::max(0.0, median(passes)); }

Floor measure_floor() {
  const backend::SteadyClock clock;
  Floor floor;
  constexpr int readings = 20'000;
  std::int64_t last = clock.now();
  const std::int64_t first = last;
  for (int i = 0; i < readings; ++i) last = clock.now();
  floor.clock_read_ns = static_cast<double>(last - first) / readings;

  constexpr int sleeps = 200;
  constexpr std::int64_t gap_ns = 250'000;  // every process of an open run does this: seconds of a run
  std::vector<std::int64_t> late;
  for (int i = 0; i < sleeps; ++i) {
    const std::int64_t deadline = clock.now() + gap_ns;
    clock.sleep_until(deadline);
    late.push_back(clock.now() - deadline);
  }
  std::ranges::sort(late);
  floor.wake_up_p50_ns = late[nearest_rank(0.5, late.size()) - 1];
  floor.wake_up_p99_ns = late[nearest_rank(0.99, late.size()) - 1];
  floor.wake_up_max_ns = late.back();
  floor.recording_ns = recording_cost(recording_passes());
  return floor;
}

Hiccups watch_hiccups(std::int64_t duration_ns) {
  constexpr std::int64_t hiccup_ns = 50'000;
  const backend::SteadyClock clock;
  Hiccups seen;
  const std::int64_t end = clock.now() + duration_ns;
  for (std::int64_t last = clock.now(); last < end;) {
    const std::int64_t now = clock.now();
    seen.longest_ns = std::max(seen.longest_ns, now - last);
    if (now - last > hiccup_ns) ++seen.over_50us;
    last = now;
  }
  return seen;
}

}  // namespace bookstore::measure
