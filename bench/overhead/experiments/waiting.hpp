// waiting: many tasks that wait at once; memory and CPU per wait, and how late they go on. Memory is that of
// the process (VmHWM), and the same with what the kernel keeps for it: for a waiting thread four times as
// much.
#pragma once

#include "bench/overhead/experiment.hpp"

namespace bookstore::overhead {

Experiment waiting_experiment();

}  // namespace bookstore::overhead
