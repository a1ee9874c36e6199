// What a span of work cost the process and the machine: CPU time, context switches, stolen time, memory.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "bench/seam/control_group.hpp"

namespace bookstore::measure {

// Counts since the process started (getrusage, all its threads), since boot (/proc/stat, all CPUs), and since
// its control groups were made.
struct Cost {
  std::int64_t cpu_ns = 0;
  std::int64_t voluntary_switches = 0;
  std::int64_t involuntary_switches = 0;
  std::uint64_t ticks = 0;
  std::uint64_t steal_ticks = 0;
  backend::Throttling throttling;

  Cost operator-(const Cost& before) const {
    return {cpu_ns - before.cpu_ns,
            voluntary_switches - before.voluntary_switches,
            involuntary_switches - before.involuntary_switches,
            ticks - before.ticks,
            steal_ticks - before.steal_ticks,
            throttling - before.throttling};
  }
  // The share of all CPU ticks that the hypervisor gave to others.
  double steal_fraction() const {
    return ticks == 0 ? 0 : static_cast<double>(steal_ticks) / static_cast<double>(ticks);
  }
};

Cost cost_so_far();

// What kept a span from having its CPUs for itself, as counters of its row, by name: steal_fraction;
// throttled_periods and throttled_us, in which a CPU quota kept its threads from running; throttled, whether
// one did.
std::map<std::string, double> disturbance_counters(const Cost& span);

// CPU time of the process so far, all its threads, in nanoseconds (getrusage). For spans in which even
// reading /proc/stat would show.
std::int64_t process_cpu_ns();

// CPU time of the calling thread so far, in nanoseconds.
std::int64_t thread_cpu_ns();

// CPU time of each thread of the process so far, in nanoseconds, by the thread's system id.
std::map<int, std::int64_t> cpu_ns_by_thread();

// Threads that the process has now, this one included. Throws std::runtime_error without /proc.
int thread_count();

// Sets the peak resident size back to the present one. Throws std::runtime_error where /proc/self/clear_refs
// does not.
void reset_peak_memory();

// The peak resident size since the last reset (VmHWM), in bytes.
std::int64_t peak_memory_bytes();

}  // namespace bookstore::measure
