// The measuring floor: what this machine shows when nothing is measured. No figure means more than these
// allow.
#pragma once

#include <cstdint>
#include <vector>

namespace bookstore::measure {

struct Floor {
  double clock_read_ns = 0;  // one reading of the clock
  // By how much an absolute sleep of one thread ends late.
  std::int64_t wake_up_p50_ns = 0;
  std::int64_t wake_up_p99_ns = 0;
  std::int64_t wake_up_max_ns = 0;
  // What the stamps and counts of a task of two steps cost beside their four readings of the clock; 0: too
  // little for this machine to tell.
  double recording_ns = 0;
};

// From passes that each took what recording cost, less its readings of the clock: their median. A difference
// of two noisy times may come out below zero, which no cost is: 0 then.
double recording_cost(const std::vector<double>& passes);

// Takes about a quarter of a second.
Floor measure_floor();

// The time that a thread that never sleeps was kept from running: the longest gap between two readings of the
// clock, and the number of gaps over 50 us, in `duration_ns`.
struct Hiccups {
  std::int64_t longest_ns = 0;
  std::int64_t over_50us = 0;
};
Hiccups watch_hiccups(std::int64_t duration_ns);

}  // namespace bookstore::measure
