#include "bench/measure/statistics/schedule.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <istream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "bench/measure/statistics/latency_window.hpp"
#include "workloads/job.hpp"

namespace bookstore::measure {
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

// Who allows no more than that.
std::string bound_text(std::uint64_t max_tasks) {
  return (max_tasks == most_tasks ? "a run has at most " : "memory has room for ") +
         std::to_string(max_tasks);
}

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

std::string_view trimmed(std::string_view line) {
  line = line.substr(0, line.find('#'));
  constexpr std::string_view blank = " \t\r";
  const auto first = line.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blank) - first + 1);
}

// What a message may quote of a file that could hold anything: one short line.
std::string quoted(std::string_view word) {
  std::string text(word.substr(0, 40));
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return '"' + text + '"';
}

std::int64_t parse_time(std::string_view word, const std::string& where) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), seconds);
  if (error != std::errc{} || end != word.data() + word.size() || !std::isfinite(seconds))
    refuse(where, ": ", quoted(word), " is not a number: give one arrival time in seconds per line");
  if (seconds < 0 || seconds > max_duration)
    refuse(where, ": ", quoted(word), ": give arrival times from 0 to ", max_duration, " seconds");
  return static_cast<std::int64_t>(std::round(seconds * ns_per_second));
}

}  // namespace

std::uint64_t max_tasks_in(std::uint64_t memory_bytes) {
  return std::min<std::uint64_t>(memory_bytes / (sizeof(std::int64_t) + sizeof(TaskRecord)), most_tasks);
}

double exponential(SplitMix64& random) {
  for (double whole = 0;; ++whole) {
    const double first = random.uniform();
    double last = first;
    bool accept = true;
    for (double next = random.uniform(); next <= last; next = random.uniform()) {
      last = next;
      accept = !accept;
    }
    if (accept) return whole + first;
  }
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

std::vector<std::int64_t> read_trace(std::istream& in, const std::string& name, std::uint64_t max_tasks) {
  std::vector<std::int64_t> at;
  std::string line;
  for (std::uint64_t number = 1; std::getline(in, line); ++number) {
    const std::string where = name + ":" + std::to_string(number);
    if (in.eof()) refuse(where, ": the last line has no newline: the trace is truncated, copy it again");
    const auto word = trimmed(line);
    if (word.empty()) continue;
    const std::int64_t time = parse_time(word, where);
    if (!at.empty() && time < at.back())
      refuse(where, ": ", quoted(word), " is before the arrival above it: sort the trace by time");
    if (at.size() == max_tasks) refuse(where, ": ", bound_text(max_tasks), " tasks: shorten the trace");
    at.push_back(time);
  }
  if (in.bad()) refuse(name, ": cannot be read: give a readable trace file");
  if (at.empty()) refuse(name, ": no arrival in it: give one arrival time in seconds per line");
  return at;
}

std::vector<std::int64_t> read_trace_file(const std::string& path, std::uint64_t max_tasks) {
  std::ifstream in(path, std::ios::binary);
  if (!in) refuse(path, ": cannot be opened: give a readable trace file");
  return read_trace(in, path, max_tasks);
}

}  // namespace bookstore::measure
