#include "bench/measure/probes/cost.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/measure/machine/affinity.hpp"
#include "bench/measure/probes/cpu_use.hpp"
#include "bench/seam/placement.hpp"

namespace bookstore::measure {

namespace {

// Of this process, or of those of its children that it has waited for.
Usage usage_so_far(int whose = RUSAGE_SELF) {
  rusage usage{};
  getrusage(whose, &usage);
  const auto ns = [](const timeval& time) { return time.tv_sec * 1'000'000'000LL + time.tv_usec * 1'000LL; };
  return {ns(usage.ru_utime) + ns(usage.ru_stime), usage.ru_nvcsw, usage.ru_nivcsw};
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

std::int64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

// The clock of a child that lives and counts, and what those took that do not count. The thread that asks for
// costs sets them.
std::optional<clockid_t> counted_child;
std::int64_t left_out_ns = 0;

// What is no others' time: the machine's ideal works in processes of its own, and so does the service of
// waits.
std::int64_t own_cpu_ns() {
  timespec child{};
  if (counted_child) clock_gettime(*counted_child, &child);
  return usage_so_far().cpu_ns + usage_so_far(RUSAGE_CHILDREN).cpu_ns +
         child.tv_sec * std::int64_t{1'000'000'000} + child.tv_nsec - left_out_ns;
}

// Where this process's costs count from.
struct Accounts {
  CpuMeter meter;
  std::int64_t start_ns = now_ns();
  std::int64_t cpu_at_start = own_cpu_ns();
  std::int64_t busy_at_start = meter.read(allowed_cpus()).busy_ns;
};

const Accounts& own_accounts() {
  static const Accounts accounts;
  return accounts;
}

// By the second number of each thread's schedstat (the kernel's Documentation/scheduler/sched-stats.rst).
// Nothing for so many threads that asking for all would show.
std::optional<std::int64_t> run_delay_so_far() {
  constexpr std::size_t most_threads = 512;
  const std::vector<int> threads = backend::thread_ids();
  if (threads.size() > most_threads) return std::nullopt;
  std::int64_t all_ran = 0;
  std::int64_t all_waited = 0;
  for (const int thread : threads) {
    std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/schedstat");
    std::int64_t ran = 0;
    std::int64_t waited = 0;
    if (!(file >> ran >> waited)) continue;
    all_ran += ran;
    all_waited += waited;
  }
  // A kernel that does not count writes zeros.
  return all_ran > 0 ? std::optional(all_waited) : std::nullopt;
}

// Nothing for a thread that has ended.
std::optional<std::int64_t> cpu_ns_of_thread(int thread) {
  // The kernel's name for that clock, as clock_getcpuclockid(3) has it for processes.
  constexpr clockid_t cpu_clock_of_thread = 6;
  const clockid_t clock = static_cast<clockid_t>(~static_cast<unsigned>(thread) << 3) | cpu_clock_of_thread;
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return std::nullopt;
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

}  // namespace

Cost Cost::operator-(const Cost& before) const {
  Cost span = *this;
  static_cast<Usage&>(span) = Usage(*this) - before - before.reading;
  span.reading = {};
  span.ticks -= before.ticks;
  span.steal_ticks -= before.steal_ticks;
  span.throttling = throttling - before.throttling;
  span.available_ns -= before.available_ns;
  span.others_ns -= before.others_ns;
  if (run_delay_ns && before.run_delay_ns)
    // Of a thread that has ended nobody knows any more.
    span.run_delay_ns = std::max<std::int64_t>(0, *run_delay_ns - *before.run_delay_ns);
  else
    span.run_delay_ns.reset();
  return span;
}

double Cost::others_fraction() const {
  const auto share = [this](std::int64_t ns) {
    return available_ns <= 0 ? 0 : static_cast<double>(ns) / static_cast<double>(available_ns);
  };
  const double taken = others_since_start
                           ? std::min(*others_since_start, share(run_delay_ns.value_or(available_ns)))
                           : share(others_ns);
  return std::clamp(taken, 0.0, 1.0);
}

std::optional<double> Cost::run_delay_fraction() const {
  if (!run_delay_ns || available_ns <= 0) return std::nullopt;
  return static_cast<double>(*run_delay_ns) / static_cast<double>(available_ns);
}

Cost cost_so_far() {
  const Accounts& accounts = own_accounts();
  const std::vector<int> cpus = allowed_cpus();
  Cost cost{usage_so_far()};
  // A thread's time counts with the scheduler when it leaves its CPU.
  if (accounts.meter.source() == CpuMeter::Source::scheduler)
    std::this_thread::sleep_for(std::chrono::microseconds(1));
  // Right before the others' time: asking for our own brings what the kernel knows of our threads up to date.
  const std::int64_t own_ns = own_cpu_ns() - accounts.cpu_at_start;
  const CpuUse use = accounts.meter.read(cpus);
  cost.ticks = use.ticks;
  cost.steal_ticks = use.steal_ticks;
  cost.available_ns = (now_ns() - accounts.start_ns) * static_cast<std::int64_t>(cpus.size());
  cost.others_ns = use.busy_ns - accounts.busy_at_start - own_ns;
  if (accounts.meter.source() == CpuMeter::Source::ticks && cost.available_ns > 0)
    cost.others_since_start = static_cast<double>(cost.others_ns) / static_cast<double>(cost.available_ns);
  cost.run_delay_ns = run_delay_so_far();
  cost.throttling = backend::control_groups().throttling();
  cost.reading = usage_so_far() - cost;
  return cost;
}

void count_child(int process) {
  clockid_t clock{};
  const bool known = process > 0 && clock_getcpuclockid(process, &clock) == 0;
  counted_child = known ? std::optional(clock) : std::nullopt;
}

void leave_out_child(std::int64_t cpu_ns) { left_out_ns += cpu_ns; }

void open_accounts() { own_accounts(); }

const char* others_source() { return own_accounts().meter.source_name(); }

std::map<std::string, double> disturbance_counters(const Cost& span) {
  std::map<std::string, double> counters{{"steal_fraction", span.steal_fraction()},
                                         {"others_fraction", span.others_fraction()},
                                         {"disturbed", span.others_fraction() > others_limit ? 1 : 0},
                                         {"throttled_periods", static_cast<double>(span.throttling.periods)},
                                         {"throttled_us", static_cast<double>(span.throttling.ns) / 1e3},
                                         {"throttled", span.throttling.periods > 0 ? 1 : 0}};
  if (const auto waited = span.run_delay_fraction()) counters["run_delay_fraction"] = *waited;
  return counters;
}

std::int64_t process_cpu_ns() { return usage_so_far().cpu_ns; }

std::int64_t thread_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

std::map<int, std::int64_t> cpu_ns_by_thread() {
  std::map<int, std::int64_t> used;
  for (const int thread : backend::thread_ids())
    // A thread may end between being listed and being asked.
    if (const auto cpu_ns = cpu_ns_of_thread(thread)) used[thread] = *cpu_ns;
  return used;
}

std::int64_t cpu_ns_of(std::span<const int> threads) {
  std::int64_t sum = 0;
  for (const int thread : threads) sum += cpu_ns_of_thread(thread).value_or(0);
  return sum;
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
