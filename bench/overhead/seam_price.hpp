// seam_grain and seam_stocktake: a backend through the seam against its raw twin, alternately in one process.
#pragma once

#include "bench/overhead/experiment.hpp"

namespace bookstore::overhead {

Experiment seam_grain_experiment();
Experiment seam_stocktake_experiment();

// What one round gave, in nanoseconds per task or fork.
struct SeamRound {
  double seam_ns;
  double raw_ns;
};

// The counters of these rounds: medians over them. Precondition: at least one round.
std::map<std::string, double> seam_counters(const std::vector<SeamRound>& rounds);

}  // namespace bookstore::overhead
