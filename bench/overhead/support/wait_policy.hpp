// What idle members of an OpenMP team do: OMP_WAIT_POLICY, which a runtime reads once, when the process
// starts. Rows say it as active:1, for spinning; without, it is what the process runs under (passive unless
// the user set it: measure::start_under_mask).
#pragma once

#include <string>
#include <vector>

#include "bench/overhead/experiment.hpp"

namespace bookstore::overhead {

Param active_param();

// For Experiment::check. Throws std::invalid_argument for active:1 of anything but OpenMP, whose idle workers
// nobody can tell what to do, and in a process that runs under another policy.
void check_active(const OverheadRow& row);

// Sets the variable for rows of these names, for the process that start_under_mask is about to start anew.
// Throws std::invalid_argument where some have active:1 and some have not: a process has one policy.
void set_wait_policy(const std::vector<std::string>& rows);

}  // namespace bookstore::overhead
