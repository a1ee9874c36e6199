// The instrument against the textbook, on the real clock: pure waits with exponential times make a pool of c
// workers an M/M/c queue, however few cores there are.
#pragma once

#include <cstdint>
#include <vector>

namespace bookstore {

struct TheoryCase {
  int workers;
  double rho;
};

// The cases, easiest first.
std::vector<TheoryCase> theory_cases();

struct TheoryResult {
  TheoryCase which;
  double mean_service_us = 0;
  // Task by task: what the first-come recursion makes of the intended arrivals and the measured services.
  double recursion_wait_us = 0;
  double measured_wait_us = 0;  // started - intended, mean over all schedules
  double mean_lateness_us = 0;  // of idle workers' wake-ups
  double p99_lateness_us = 0;
  double starts_within_p99 =
      0;  // part of the starts that are at most the p99 of lateness from the predicted ones
  // Over independent schedules, after their warm-up: Erlang C at the measured mean service, and the measured
  // mean of queueing with its interval, wide enough for all seven cases to hold together with 95 %. Erlang
  // knows no lateness; the recursion is given it as a tolerance.
  double erlang_wait_us = 0;
  double queueing_us = 0;
  double queueing_lower_us = 0;
  double queueing_upper_us = 0;
  std::uint64_t tasks = 0;

  bool recursion_holds() const;
  bool erlang_holds() const;
  // Half the width of the interval as part of its centre.
  double half_width() const;
  // The rule that the interval must be narrow enough to mean something; for up to four workers.
  bool precise_enough() const;
};

// What one schedule leaves behind, in nanoseconds; means over its tasks.
struct ScheduleOutcome {
  double wait = 0;  // started - intended
  // started - released, without the lateness of the idle worker that let the task in; after the warm-up.
  double queueing = 0;
  double recursion_wait = 0;
  double service = 0;
  std::vector<std::int64_t> off_by;    // of each task: how far its start is from the predicted one
  std::vector<std::int64_t> lateness;  // of workers that woke for an arrival
};

// The figures of a case from those of its ten schedules: the interval is over them. Throws std::logic_error
// for another number.
TheoryResult summarise(const TheoryCase& which, const std::vector<ScheduleOutcome>& outcomes);

// Runs one case with `threads` on ten independent schedules that last `seconds` together. With few workers
// several schedules run at the same time, each with a pool of its own, as there is almost no CPU work in
// them.
TheoryResult check_theory(const TheoryCase& which, double seconds);

// Seconds that a case's schedules last together, for its interval to be narrow enough.
double theory_seconds(const TheoryCase& which);

}  // namespace bookstore
