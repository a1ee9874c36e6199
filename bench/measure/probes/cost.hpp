// What a span of work cost the process and the machine: CPU time, context switches, stolen time, memory.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "bench/seam/control_group.hpp"

namespace bookstore::measure {

// By getrusage, of all threads of the process.
struct Usage {
  std::int64_t cpu_ns = 0;
  std::int64_t voluntary_switches = 0;
  std::int64_t involuntary_switches = 0;

  Usage operator-(const Usage& before) const {
    return {cpu_ns - before.cpu_ns, voluntary_switches - before.voluntary_switches,
            involuntary_switches - before.involuntary_switches};
  }
};

// Counts since the process started (Usage), since boot (CPUs of the calling thread's
// mask), and since its control groups were made.
struct Cost : Usage {
  Usage reading = {};  // what taking this reading cost itself: it is no part of a span that begins after it
  std::uint64_t ticks = 0;
  std::uint64_t steal_ticks = 0;
  backend::Throttling throttling = {};
  std::int64_t available_ns = 0;  // the time of all those CPUs
  std::int64_t others_ns = 0;     // that they ran threads of others: all that ran there less cpu_ns
  // How long our threads were ready to run and did not; nothing where it is not known.
  std::optional<std::int64_t> run_delay_ns = {};
  // Where others_ns is known by ticks alone, which are too coarse for a span: the share of the CPUs' time
  // that others took since the process started.
  std::optional<double> others_since_start = {};

  Cost operator-(const Cost& before) const;

  // The share of those CPUs' ticks that the host gave to others.
  double steal_fraction() const {
    return ticks == 0 ? 0 : static_cast<double>(steal_ticks) / static_cast<double>(ticks);
  }
  // The share of those CPUs' time that others' threads took. By ticks alone that since the process started,
  // but at most run_delay_fraction().
  double others_fraction() const;
  // The time that threads waited for a CPU, as a share of those CPUs' time; nothing where it is not known.
  // With more workers than CPUs they wait for each other.
  std::optional<double> run_delay_fraction() const;
};

Cost cost_so_far();

// What a child of this process takes counts as our own, like all that children have taken which are gone, and
// is none that others take; 0: none does. By the thread that asks for costs, as the next one.
void count_child(int process);
// It does not: a child that is about to go took so much, of CPUs that are none of ours.
void leave_out_child(std::int64_t cpu_ns);

// What counts as the start of the process; without it, the first call of cost_so_far() does.
void open_accounts();

// Where others_ns comes from, for the context of results.
const char* others_source();

// What others take of a closed run's CPUs before it counts as disturbed.
inline constexpr double others_limit = 0.03;

// What kept a span from having its CPUs for itself, as counters of its row, by name: steal_fraction;
// others_fraction; disturbed, whether that is above the limit; run_delay_fraction, where it is known;
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

// CPU time of these threads together so far (system ids), in nanoseconds, up to this moment even of those
// that are running on other CPUs: the time of the whole process has theirs only up to the kernel's last tick.
// A thread that has ended adds nothing.
std::int64_t cpu_ns_of(std::span<const int> threads);

// Threads that the process has now, this one included. Throws std::runtime_error without /proc.
int thread_count();

// Sets the peak resident size back to the present one. Throws std::runtime_error where /proc/self/clear_refs
// does not.
void reset_peak_memory();

// The peak resident size since the last reset (VmHWM), in bytes.
std::int64_t peak_memory_bytes();

}  // namespace bookstore::measure
