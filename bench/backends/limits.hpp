// How many workers there can be.
#pragma once

#include "bench/backends/run.hpp"

namespace bookstore::backend {

// How many more threads this process may start, by RLIMIT_NPROC, the kernel's own bounds, the control
// group's, and the number of memory mappings that their stacks need; at least 1. An estimate from above:
// others may take some.
int thread_limit();

// Throws LimitReached, with the bound, when `workers` exceeds thread_limit(); std::invalid_argument below 1.
void require_threads(const BackendTraits& traits, int workers);

// Throws std::invalid_argument unless `workers` is 1.
void require_single_worker(const BackendTraits& traits, int workers);

}  // namespace bookstore::backend
