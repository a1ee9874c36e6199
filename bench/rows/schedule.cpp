#include "bench/rows/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "bench/measure/statistics/latency_window.hpp"
#include "workloads/job.hpp"
#include "workloads/random.hpp"

namespace bookstore {
namespace {

constexpr double ns_per_second = 1e9;
constexpr double shortest_burst = 1e-6;  // seconds; far above the resolution of the times

template <class... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  std::ostringstream text;
  text.precision(12);
  (text << ... << parts);
  throw std::invalid_argument(text.str());
}

bool positive(double x) { return std::isfinite(x) && x > 0; }

void check_tasks(const ScheduleSpec& spec, double tasks, std::uint64_t max_tasks) {
  if (tasks > static_cast<double>(max_tasks))
    refuse("rate ", spec.rate, " over ", spec.duration, " s is ", tasks, " tasks, but ",
           bound_text(max_tasks), ": lower the rate or the duration");
}

void check(const ScheduleSpec& spec, std::uint64_t max_tasks) {
  if (!positive(spec.rate))
    refuse("rate ", spec.rate, ": give a finite number of arrivals per second above 0");
  if (!positive(spec.duration))
    refuse("duration ", spec.duration, ": give a finite number of seconds above 0");
  if (spec.duration > max_duration)
    refuse("duration ", spec.duration, " s: give at most ", max_duration, " s");
  const double expected = spec.rate * spec.duration;
  check_tasks(spec, expected, max_tasks);
  if (spec.arrivals != Arrivals::bursts) return;
  if (!positive(spec.burst_period))
    refuse("burst period ", spec.burst_period, ": give a number of seconds above 0");
  if (!(spec.burst_share > 0 && spec.burst_share <= 1))
    refuse("burst share ", spec.burst_share, ": give a part of the period above 0 and at most 1");
  const double burst = std::min(spec.burst_period, spec.duration) * spec.burst_share;
  if (burst < shortest_burst)
    refuse("bursts of ", burst, " s: give a period and share that make them at least ", shortest_burst, " s");
}

std::vector<std::int64_t> constant(double rate, double duration) {
  std::vector<std::int64_t> at;
  at.reserve(static_cast<std::size_t>(rate * duration) + 1);
  const double end = duration * ns_per_second;
  // Each time from its own number: adding up gaps would add up their rounding.
  for (std::uint64_t i = 0;; ++i) {
    const double ns = static_cast<double>(i) * ns_per_second / rate;
    if (ns >= end) return at;
    at.push_back(static_cast<std::int64_t>(ns));
  }
}

std::vector<std::int64_t> poisson(double rate, double duration, std::uint64_t seed) {
  std::vector<std::int64_t> at;
  const double expected = rate * duration;
  at.reserve(static_cast<std::size_t>(expected + 4 * std::sqrt(expected)) + 1);
  SplitMix64 random{seed};
  const double gap = ns_per_second / rate;
  const double end = duration * ns_per_second;
  double ns = 0;
  while (true) {
    // A statement of its own: contracted to a fused multiply-add, the sum would depend on the processor.
    const double step = gap * exponential(random);
    ns += step;
    if (!(ns < end)) return at;
    at.push_back(static_cast<std::int64_t>(ns));
  }
}

// Poisson in the time that has arrivals, then spread over the periods.
std::vector<std::int64_t> bursts(const ScheduleSpec& spec) {
  auto at = poisson(spec.rate / spec.burst_share, spec.duration * spec.burst_share, spec.seed);
  const double periods = std::max(1.0, std::round(spec.duration / spec.burst_period));
  const double period = spec.duration * ns_per_second / periods;
  const double on = period * spec.burst_share;
  for (auto& ns : at) {
    const auto time = static_cast<double>(ns);
    const double silence = std::min(std::floor(time / on), periods - 1) * (period - on);
    ns = static_cast<std::int64_t>(time + silence);
  }
  return at;
}

}  // namespace

std::string bound_text(std::uint64_t max_tasks) {
  return (max_tasks == most_tasks ? "a run has at most " : "memory has room for ") +
         std::to_string(max_tasks);
}

std::uint64_t max_tasks_in(std::uint64_t memory_bytes) {
  return std::min<std::uint64_t>(memory_bytes / (sizeof(std::int64_t) + sizeof(measure::TaskRecord)),
                                 most_tasks);
}

void check_schedule(const ScheduleSpec& spec, std::uint64_t max_tasks) {
  // Only where few arrivals are expected can there be none.
  constexpr double few = 1000;
  check(spec, max_tasks);
  if (spec.rate * spec.duration < few) make_schedule(spec, max_tasks);
}

std::vector<std::int64_t> make_schedule(const ScheduleSpec& spec, std::uint64_t max_tasks) {
  check(spec, max_tasks);
  auto at = spec.arrivals == Arrivals::constant ? constant(spec.rate, spec.duration)
            : spec.arrivals == Arrivals::bursts ? bursts(spec)
                                                : poisson(spec.rate, spec.duration, spec.seed);
  check_tasks(spec, static_cast<double>(at.size()), max_tasks);
  if (at.empty())
    refuse("rate ", spec.rate, " over ", spec.duration, " s gave no arrival: raise the rate or the duration");
  return at;
}

}  // namespace bookstore
