// How many links of grain's chain take a given time on this machine.
#pragma once

#include <cstdint>

namespace bookstore {

// Measured once per process: the fastest of many passes, in this thread's CPU time.
double links_per_ns();

// Links that take so many nanoseconds; 0 for 0.
std::uint32_t links_for(double work_ns);

}  // namespace bookstore
