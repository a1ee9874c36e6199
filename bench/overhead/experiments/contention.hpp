// contention: hot shelves: what the shelves' locks cost as all clerks crowd one of them.
#pragma once

#include <cstdint>

#include "bench/overhead/experiment.hpp"
#include "workloads/bookstore/plan.hpp"

namespace bookstore::overhead {

Experiment contention_experiment();

// What taking and releasing a lock costs on one thread that never has to wait for it, in nanoseconds: the
// plan done directly with locks and without, in turn, the difference over `locks_per_task`. Precondition:
// locks are taken.
double bare_lock_ns(const workload::Plan& plan, double locks_per_task);

}  // namespace bookstore::overhead
