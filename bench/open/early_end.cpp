#include "bench/open/early_end.hpp"

#include <algorithm>

#include "bench/measure/machine/affinity.hpp"
#include "bench/measure/machine/mask.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/statistics/validity.hpp"
#include "bench/seam/clocks.hpp"

namespace bookstore {

Hopelessness::Hopelessness(std::span<const std::int64_t> arrivals, std::int64_t longest_waits)
    : arrivals_(arrivals),
      longest_waits_(longest_waits),
      limit_(measure::backlog_growth_limit(arrivals.size())) {}

bool Hopelessness::see(std::int64_t time, std::int64_t finished) {
  const std::int64_t due = std::ranges::upper_bound(arrivals_, time - longest_waits_) - arrivals_.begin();
  const std::int64_t overdue = due - finished;
  if (static_cast<double>(overdue) <= limit_) {
    since_.reset();
    return false;
  }
  if (!since_) {
    since_ = time;
    overdue_then_ = overdue;
  }
  // A machine that stops for a moment is not to end a short run.
  constexpr std::int64_t shortest_ns = 250'000'000;
  return time - *since_ >= std::max(arrivals_.back() / 2, shortest_ns) &&
         static_cast<double>(overdue - overdue_then_) > limit_;
}

EarlyEnd::EarlyEnd(const measure::FlightCounters& counters, std::span<const std::int64_t> arrivals,
                   std::int64_t start, std::int64_t longest_waits)
    : thread_([this, &counters, rule = Hopelessness(arrivals, longest_waits),
               start](const std::stop_token& stop) { watch(stop, counters, rule, start); }) {}

void EarlyEnd::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void EarlyEnd::watch(const std::stop_token& stop, const measure::FlightCounters& counters, Hopelessness rule,
                     std::int64_t start) {
  // Often enough to save what can be saved, too seldom to be seen in the CPU time.
  constexpr std::int64_t gap_ns = 10'000'000;
  measure::leave_mask();
  const backend::SteadyClock clock;
  const std::int64_t cpu_before = measure::thread_cpu_ns();
  for (std::int64_t next = start; !stop.stop_requested(); next += gap_ns) {
    clock.sleep_until(next);
    if (!rule.see(clock.now() - start, counters.finished())) continue;
    closed_.store(true, std::memory_order_relaxed);
    closed_at_ = clock.now() - start;
    break;
  }
  cpu_ns_ = measure::thread_cpu_ns() - cpu_before;
}

void cut_records(std::vector<measure::TaskRecord>& records, std::span<const std::uint8_t> sent_away,
                 std::int64_t closed_at) {
  std::size_t seen = 0;
  for (std::size_t task = 0; task < records.size(); ++task) {
    if (records[task].intended <= closed_at || sent_away[task] == 0) seen = task + 1;
    if (sent_away[task] == 0) continue;
    records[task] = {.intended = records[task].intended, .kind = records[task].kind};
  }
  records.resize(seen);
}

}  // namespace bookstore
