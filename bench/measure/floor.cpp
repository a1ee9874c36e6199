#include "bench/measure/floor.hpp"

#include <algorithm>

#include "bench/backends/run.hpp"
#include "bench/measure/percentiles.hpp"

namespace bookstore::measure {

Floor measure_floor() {
  const backend::SteadyClock clock;
  Floor floor;
  constexpr int readings = 20'000;
  std::int64_t last = clock.now();
  const std::int64_t first = last;
  for (int i = 0; i < readings; ++i) last = clock.now();
  floor.clock_read_ns = static_cast<double>(last - first) / readings;

  constexpr int sleeps = 200;
  constexpr std::int64_t gap_ns = 1'000'000;
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
