// What p cores of this machine are worth at best: the same loop in p processes at once, without any runtime.
#pragma once

#include <functional>
#include <vector>

namespace bookstore::measure {

// Prepares the work in a child process and returns the part to be timed.
using PrepareLoop = std::function<std::function<void()>()>;

// S(p) = p x (time of one process) / (time of p processes at once, from their common start to the last end),
// each process pinned to a CPU of its own; the median over `rounds` rounds, in each of which both are
// measured. 1 for one CPU. Below p when cores share caches, power or the host's time. The caller must have
// one thread. Throws std::runtime_error when a child fails.
double ideal_speedup(const std::vector<int>& cpus, const PrepareLoop& prepare, int rounds);

}  // namespace bookstore::measure
