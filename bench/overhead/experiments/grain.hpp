// grain: tasks of a set amount of arithmetic, closed: ns per task over the work itself.
#pragma once

#include "bench/overhead/experiment.hpp"
#include "bench/overhead/raw/runner.hpp"
#include "workloads/grain.hpp"

namespace bookstore::overhead {

Experiment grain_experiment();

// Throws WrongResult, naming the row, unless the tally is what the plan's tasks come to.
void prove_grain(const OverheadRow& row, const workload::GrainTally& tally, std::uint64_t expected);

// What a plain loop over all tasks comes to.
std::uint64_t grain_sum(const workload::GrainPlan& plan);

}  // namespace bookstore::overhead
