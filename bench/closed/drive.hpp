// bench_throughput as a process that is driven from outside, one small batch at a time, so that builds can be
// compared in turn.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bench/gate/drive_protocol.hpp"
#include "bench/rows/row.hpp"

namespace bookstore {

// Declares --instructions; `options` must outlive the parsing.
void add_counting_options(CommandLine& line, DriveOptions& options);

// Serves the row of `rows`, which must be one, until the input ends, and returns the exit code. A row without
// a given number of tasks gets a plan of about 6 ms.
//
// A batch is answered by {"ns_per_task": x, "runs": r, "tasks": t}: closed runs, each on a shop of its own
// that is built and audited outside of the timed span, until at least 5 ms are timed. Throws
// std::invalid_argument for what the protocol does not know, WrongResult when a run ends in another digest
// than the direct one, or that in another than the expected one.
//
// With --instructions N: N runs without any input, their timed spans the only part that callgrind sees
// (started with --instr-atstart=no), waits in virtual time; single-threaded backends only. Nothing before
// them depends on the machine's speed, so the count is equal from run to run.
int drive(std::vector<Row> rows, const DriveOptions& options, std::optional<std::uint64_t> expected);

}  // namespace bookstore
