// seam_grain and seam_stocktake: a backend through the seam against its raw twin, alternately in one process.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/overhead/experiment.hpp"

namespace bookstore::overhead {

Experiment seam_grain_experiment();
Experiment seam_stocktake_experiment();

// What one round gave, in nanoseconds per task or fork.
struct SeamRound {
  double seam_ns;
  double raw_ns;
};

// Times both sides `rounds` times, in each round in random order: neither is always the one that finds the
// caches as the other left them. A side answers with its own time in nanoseconds.
std::vector<SeamRound> alternate(int rounds, const std::function<double()>& seam,
                                 const std::function<double()>& raw);

// The counters of these rounds: medians over them. Precondition: at least one round.
std::map<std::string, double> seam_counters(const std::vector<SeamRound>& rounds);

}  // namespace bookstore::overhead
