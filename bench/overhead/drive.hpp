// bench_overhead as a process that is driven from outside, one small batch at a time, so that builds can be
// compared in turn.
#pragma once

#include <vector>

#include "bench/gate/drive_protocol.hpp"
#include "bench/overhead/row.hpp"

namespace bookstore::overhead {

// Serves the row of `rows`, which must be one, until the input ends, and returns the exit code. A batch is
// answered as one of bench_throughput is: whole runs until at least 5 ms are timed. A planted slowdown
// lengthens each run as a whole. Throws std::invalid_argument for rows that two processes would not run
// alike, or that are more than runs of tasks; WrongResult when a run ends in another result than the direct
// one.
int drive(std::vector<OverheadRow> rows, const DriveOptions& options);

}  // namespace bookstore::overhead
