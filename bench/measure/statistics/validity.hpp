// Whether an open run may be believed: the rules that turn its raw figures into VALID, OVERLOAD or INVALID.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bookstore::measure {

enum class Validity {
  valid,
  overload,  // the backend cannot keep up with the arrivals: its latencies grow with the length of the run
  invalid,   // the figures say nothing about the backend: something is lost, or the machine or the door
             // disturbed them
};

const char* to_string(Validity validity);

// The limits, each a part of what it is compared with.
inline constexpr double arrivals_tolerance = 0.01;
inline constexpr double steal_limit = 0.02;
inline constexpr double little_tolerance = 0.05;
inline constexpr double lateness_limit = 0.2;

struct OpenRun {
  // The whole run.
  std::uint64_t tasks = 0;
  std::uint64_t finished_once = 0;     // tasks that finished exactly once
  bool ended_early = false;            // the door was closed when nothing but an overload could come of it
  std::uint64_t sent_away = 0;         // tasks that stood before the door then
  double steal = 0;                    // part of its CPUs' ticks that the host took
  std::int64_t throttled_periods = 0;  // in which a CPU quota kept threads from running
  // The window: tasks intended in [begin, end).
  bool warm_up_complete = true;     // false: too short a run to have reached its steady state
  std::uint64_t scheduled = 0;      // tasks intended in the window
  std::uint64_t released = 0;       // tasks released in the window, whenever they were intended
  std::uint64_t backlog_begin = 0;  // tasks intended before that moment and not finished then
  std::uint64_t backlog_end = 0;
  double rate = 0;       // scheduled arrivals per second of the window
  double mean_stay = 0;  // seconds in flight: mean of finished - released, or - intended (InFlightFrom)
  // Mean of the samples of tasks in flight, taken at Poisson instants of the window, and its standard error:
  // a mean closer to rate x stay than three of them is within its own noise. 0: the limit stands alone.
  double in_flight = 0;
  double in_flight_error = 0;
};

struct Judgement {
  Validity validity = Validity::valid;
  // Every rule that was broken, one line each, with its figures; empty if valid.
  std::vector<std::string> reasons;
};

// Lost tasks, an empty window, steal or a CPU quota that was used up make a run invalid whatever else it
// shows. Then a growing backlog makes it an overload, and so does an early end. A short warm-up, late
// arrivals and a mismatch with Little's law are symptoms of an overload, which has no steady state: they are
// named, but make a run invalid only where the backlog does not grow. Source of the law: J. D. C. Little, "A
// proof for the queuing formula L = lambda W", 1961.
Judgement judge(const OpenRun& run);

// Backlog growth over the window, in tasks, above which the run is an overload. Three standard deviations of
// a Poisson count are left to chance.
double backlog_growth_limit(std::uint64_t arrivals);

// Whether a percentile of latency is mostly the door's work: the same percentile of lateness exceeds
// lateness_limit of it.
bool instrument_bound(std::int64_t latency, std::int64_t lateness);

}  // namespace bookstore::measure
