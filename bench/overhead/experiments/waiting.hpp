// waiting: many tasks that wait at once; memory and CPU per wait, and how late they go on.
#pragma once

#include "bench/overhead/experiment.hpp"

namespace bookstore::overhead {

Experiment waiting_experiment();

}  // namespace bookstore::overhead
