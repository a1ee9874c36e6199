// burst: a pool has stood idle for a while, then tasks are handed over all at one moment, from outside (see
// outside.hpp): when the first starts and when the last is finished, counted from the moment the first was
// handed over. A submitter needs time for each task; that is part of it.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/overhead/experiment.hpp"
#include "bench/overhead/support/outside.hpp"

namespace bookstore::overhead {

Experiment burst_experiment();

// One burst, in nanoseconds from its first hand-over.
struct BurstTimes {
  std::int64_t first_start = 0;
  std::int64_t last_finish = 0;
  std::int64_t workers = 0;  // that ran some of it
};

// Precondition: at least one record.
BurstTimes burst_times(const std::vector<HandOver>& records);

}  // namespace bookstore::overhead
