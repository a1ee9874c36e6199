// stocktake: the shelves are counted by divide and conquer: ns per fork.
#pragma once

#include "bench/overhead/experiment.hpp"
#include "workloads/stocktake.hpp"

namespace bookstore::overhead {

Experiment stocktake_experiment();

// Throws WrongResult, naming the row, unless so many books stand on the shelves.
void prove_count(const OverheadRow& row, const workload::Shelves& shelves, std::uint64_t books);

}  // namespace bookstore::overhead
