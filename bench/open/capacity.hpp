// The highest arrival rate that holds a limit on latency: a search by doubling and bisection.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace bookstore {

// How one run at a rate compares with the limit: the percentile's whole interval within it, or above it, or
// across.
enum class Trial { pass, fail, unclear };

// Runs at `rate` arrivals per second for `duration` seconds on the schedule of `seed`.
using RunTrial = std::function<Trial(double rate, double duration, std::uint64_t seed)>;

struct CapacitySearch {
  double first_rate = 1000;
  double max_rate = 4e6;    // beyond it the search ends without a failing rate
  double min_rate = 1;      // below it the search ends without a passing rate
  double resolution = 1.1;  // ends when failing / passing is at most this
  double tasks = 10'000;    // of a run; its duration is tasks / rate
  double longest = 4;       // a run that is unclear is made twice as long, up to so many times the first
  // Whether the failing rate is sought down to the highest unclear one, too: for trials that cost little.
  bool both_ends = false;
  std::uint64_t seed = 1;
  // After so many runs, or so many seconds of arrivals in all, no further rate is tried and the bracket stays
  // as wide as it is. A third of the seconds is kept for the confirmations.
  int most_runs = 60;
  double most_seconds = std::numeric_limits<double>::infinity();
};

struct Capacity {
  double passing = 0;  // the largest passing rate; 0: none
  double failing = 0;  // the smallest failing rate; 0: none
  // Whether each was seen again on an independent schedule.
  bool passing_confirmed = false;
  bool failing_confirmed = false;
  // Rates between the two that stayed unclear however long they were run.
  int unclear = 0;
  int runs = 0;
  bool exhausted = false;  // runs or seconds ended before the search did
};

// Upwards by doubling while rates pass, and where the first one is unclear, to one that fails, since runs are
// shorter there; downwards by halving where none has passed. A rate that stays unclear in the longest run
// bounds the search like a failing one but is never reported as failing. A passing or failing rate that its
// confirmation contradicts is given up for the next one below or above that was seen, and the bracket is
// wider.
Capacity find_capacity(const CapacitySearch& search, const RunTrial& run);

// The bracket in words: "holds 32,000/s, fails 45,000/s"; what was seen once only, and whether the search was
// ended before its bracket was narrow, is said.
std::string to_string(const Capacity& capacity);

}  // namespace bookstore
