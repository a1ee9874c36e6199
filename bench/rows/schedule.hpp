// Arrival times, made before the run and kept whatever the backend does.
//
// Times are nanoseconds from the start of the run, in order, the first at 0 or later. A schedule is a pure
// function of its description: the generator below uses integer and IEEE 754 basic arithmetic only, no std::
// distribution and no function of the mathematics library, so that a seed gives the same arrivals on every
// machine.
//
// Every function here throws std::invalid_argument with one line that a user can act on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bookstore {

enum class Arrivals {
  poisson,   // independent exponential gaps
  constant,  // equal gaps, the first arrival at 0
  bursts,    // Poisson for the first part of each period, silence for the rest; the mean rate is kept
};

struct ScheduleSpec {
  Arrivals arrivals = Arrivals::poisson;
  double rate = 0;      // arrivals per second, the mean over the whole schedule
  double duration = 0;  // seconds
  std::uint64_t seed = 1;
  // Seconds; made a little shorter or longer, so that a whole number of periods fills the duration.
  double burst_period = 0.1;
  double burst_share = 0.2;  // the part of a period that has arrivals, at rate / burst_share
};

// The longest schedule, in seconds: up to 2^53 ns (104 days) a double holds every nanosecond.
inline constexpr double max_duration = 1e6;

// How many tasks of an open run fit this much memory, arrival time and record, but at most most_tasks.
std::uint64_t max_tasks_in(std::uint64_t memory_bytes);

// What allows no more tasks than that, for messages: the memory, or what a run can number.
std::string bound_text(std::uint64_t max_tasks);

// Refuses a schedule that cannot be made, without making it.
void check_schedule(const ScheduleSpec& spec, std::uint64_t max_tasks);

// Refuses a schedule that is expected to have more than max_tasks arrivals, before any memory is taken, and
// one that turns out to have.
std::vector<std::int64_t> make_schedule(const ScheduleSpec& spec, std::uint64_t max_tasks);

}  // namespace bookstore
