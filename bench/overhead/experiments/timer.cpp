#include "bench/overhead/experiments/timer.hpp"

#include <vector>

#include "bench/backends/event_loop/event_loop.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/overhead/support/waiting_job.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore::overhead {

namespace {

using backend::Resumption;

constexpr std::int64_t start = 1'000'000'000;
// Virtual time that a task takes to begin, and by which all have begun before the first expires.
constexpr std::int64_t begin_ns = 100;

std::int64_t lead_of(std::uint32_t tasks) { return 20'000'000 + 2 * begin_ns * tasks; }

std::int64_t begin_of(std::uint32_t task) { return start + begin_ns * task; }

std::vector<Wait> lengths_of(const OverheadRow& row) {
  const auto tasks = static_cast<std::uint32_t>(row.param("tasks"));
  const WaitPlan plan(tasks, static_cast<Ends>(static_cast<int>(row.param("deadlines"))), 1'000'000'000,
                      lead_of(tasks));
  std::vector<Wait> waits(tasks);
  for (std::uint32_t task = 0; task < tasks; ++task)
    waits[task] = plan.end_of(task, start, begin_of(task)) - begin_of(task);
  return waits;
}

// Sets all timers, then lets virtual time jump from wake-up to wake-up.
template <class WaitEnds>
Figures time_queue(const OverheadRow& row, const std::vector<Wait>& waits) {
  const auto tasks = static_cast<std::uint32_t>(waits.size());
  backend::TimerQueue<Resumption> timers(start);
  ExpiryCheck check;
  const std::int64_t before = measure::thread_cpu_ns();
  for (std::uint32_t task = 0; task < tasks; ++task) {
    const backend::WaitEnd end = WaitEnds::end_of(begin_of(task), waits[task]);
    timers.push(end.at, Resumption{task, 1}, end.leeway);
  }
  while (!timers.empty()) {
    const std::int64_t now = timers.latest_wake_up();
    timers.pop_due(now, [&](Resumption, std::int64_t deadline) { check.expire(deadline, now); });
  }
  const std::int64_t cpu_ns = measure::thread_cpu_ns() - before;
  if (!check.holds(tasks))
    throw workload::WrongResult(row.name() + ": timers were lost, early or out of order");
  Figures figures;
  figures.seconds = static_cast<double>(cpu_ns) * 1e-9;
  figures.counters = {{"ns_per_wait", static_cast<double>(cpu_ns) / tasks},
                      {"bytes_per_wait", static_cast<double>(timers.bytes()) / tasks}};
  return figures;
}

Figures run_timer(const OverheadRow& row) {
  const std::vector<Wait> waits = lengths_of(row);
  return row.param("exact") == 1 ? time_queue<backend::ExactWaits>(row, waits)
                                 : time_queue<backend::RoundedWaits>(row, waits);
}

}  // namespace

Experiment timer_experiment() {
  return {.name = "timer",
          .measures = "the event loop's queue of wake-ups alone, in virtual time",
          .params = {{"tasks", 1e6, 1, 1e8}, {"deadlines", 0, 0, 2}, {"exact", 0, 0, 1}},
          .contenders = {{.name = "event_loop", .single_threaded = true}},
          .default_params =
              [](const Contender&) {
                return std::vector<std::string>{"", "exact:1", "deadlines:1", "deadlines:2"};
              },
          .seconds = [](const OverheadRow& row) { return 500e-9 * row.param("tasks"); },
          // A task has a wait, and its timer a deadline and the task.
          .bytes = [](const OverheadRow& row) { return 24 * row.param("tasks"); },
          .run = run_timer};
}

}  // namespace bookstore::overhead
