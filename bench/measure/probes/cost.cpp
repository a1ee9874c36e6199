#include "bench/measure/probes/cost.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <time.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "bench/measure/machine/affinity.hpp"

namespace bookstore::measure {

namespace {

rusage usage_so_far() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}

std::int64_t cpu_ns_of(const rusage& usage) {
  const auto ns = [](const timeval& time) { return time.tv_sec * 1'000'000'000LL + time.tv_usec * 1'000LL; };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

// The number that a line of /proc/self/status begins with after its label ("VmHWM:").
std::int64_t status_number(const std::string& label) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(label)) continue;
    std::istringstream fields(line.substr(label.size()));
    std::int64_t number = 0;
    fields >> number;
    return number;
  }
  throw std::runtime_error("/proc/self/status has no " + label.substr(0, label.size() - 1));
}

}  // namespace

Cost cost_so_far() {
  Cost cost;
  const rusage usage = usage_so_far();
  cost.cpu_ns = cpu_ns_of(usage);
  cost.voluntary_switches = usage.ru_nvcsw;
  cost.involuntary_switches = usage.ru_nivcsw;
  // cpu user nice system idle iowait irq softirq steal ...; guest time is part of user.
  std::ifstream file("/proc/stat");
  std::string label;
  file >> label;
  std::uint64_t ticks = 0;
  for (int field = 0; field < 8 && file >> ticks; ++field) {
    cost.ticks += ticks;
    if (field == 7) cost.steal_ticks = ticks;
  }
  cost.throttling = backend::control_groups().throttling();
  return cost;
}

std::map<std::string, double> disturbance_counters(const Cost& span) {
  return {{"steal_fraction", span.steal_fraction()},
          {"throttled_periods", static_cast<double>(span.throttling.periods)},
          {"throttled_us", static_cast<double>(span.throttling.ns) / 1e3},
          {"throttled", span.throttling.periods > 0 ? 1 : 0}};
}

std::int64_t process_cpu_ns() { return cpu_ns_of(usage_so_far()); }

std::int64_t thread_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

std::map<int, std::int64_t> cpu_ns_by_thread() {
  std::map<int, std::int64_t> used;
  for (const int thread : thread_ids()) {
    // The kernel's name for that clock, as clock_getcpuclockid(3) has it for processes.
    constexpr clockid_t cpu_clock_of_thread = 6;
    const clockid_t clock = static_cast<clockid_t>(~static_cast<unsigned>(thread) << 3) | cpu_clock_of_thread;
    timespec time{};
    // A thread may end between being listed and being asked.
    if (clock_gettime(clock, &time) == 0)
      used[thread] = time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
  }
  return used;
}

void reset_peak_memory() {
  malloc_trim(0);
  std::ofstream file("/proc/self/clear_refs");
  file << 5 << std::flush;
  if (!file) throw std::runtime_error("cannot reset the peak memory: /proc/self/clear_refs is not writable");
}

std::int64_t peak_memory_bytes() { return status_number("VmHWM:") * 1024; }

int thread_count() { return static_cast<int>(status_number("Threads:")); }

}  // namespace bookstore::measure
