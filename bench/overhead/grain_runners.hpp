// Who can do grain, by name and by code alignment: the backends through the seam, and their raw twins.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/overhead/experiment.hpp"
#include "bench/overhead/raw/runner.hpp"

namespace bookstore::overhead {

// The alignments of functions and loops, in bytes, that this build has the hot loops in. Alignment alone
// moves a loop of 2 ns by half a nanosecond.
std::vector<int> alignments();

// The backends of the registry and the raw twins.
std::vector<Contender> grain_contenders();

// Preconditions: a name of grain_contenders() that was not left out, an alignment of alignments(). Throws
// backend::LimitReached when there are fewer workers.
std::unique_ptr<GrainRunner> make_grain_runner(const std::string& name, int workers, int alignment);

}  // namespace bookstore::overhead
