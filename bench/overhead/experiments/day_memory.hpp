// day_memory: what a task of the day takes in memory, plan, copies and ledger included, and whether its CPU
// time stays the same in long days.
#pragma once

#include "bench/overhead/experiment.hpp"

namespace bookstore::overhead {

Experiment day_memory_experiment();

}  // namespace bookstore::overhead
