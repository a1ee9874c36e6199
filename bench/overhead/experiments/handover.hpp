// handover: how long a task that is given to an idle pool waits for its start. From outside (from:0): see
// outside.hpp for what that is to each kind of backend. From inside a task (from:1), by fork and join: see
// fork_tree.hpp. A backend that shares forks out before it starts them (threads) does so from outside there
// too, and a single-threaded one calls.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bench/overhead/experiment.hpp"

namespace bookstore::overhead {

Experiment handover_experiment();

// start_p50_us and start_p99_us: exact, of at least one delay in nanoseconds.
std::map<std::string, double> delay_counters(const std::vector<std::int64_t>& delays);

}  // namespace bookstore::overhead
