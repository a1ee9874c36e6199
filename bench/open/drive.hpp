// bench_latency as a process that is driven from outside, one short open run at a time, so that builds can be
// compared in turn.
#pragma once

#include <vector>

#include "bench/gate/drive_protocol.hpp"
#include "bench/rows/open_row.hpp"

namespace bookstore {

// Serves the row of `rows`, which must be one, until the input ends, and returns the exit code. A row without
// a given duration gets 25 ms of arrivals.
//
// A batch is answered by {"latency_p50_ns": x, "latency_p99_ns": y, "runs": 1, "tasks": t}: one open run on a
// shop of its own, of the same plan and the same schedule every time. Latency is finished - intended, exact
// percentiles of all tasks: the empty shop at the start is part of every batch of every build alike, so there
// is no warm-up to leave out.
//
// Throws std::invalid_argument for what the protocol does not know and for rows that two processes would not
// run alike: a rate that is a fraction of what was measured, a trace, which the row's full name does not
// tell, and the null workload, which ends in no digest. Throws WrongResult when a run ends in another digest
// than the direct one.
int drive_open(std::vector<OpenRow> rows, const DriveOptions& options);

}  // namespace bookstore
