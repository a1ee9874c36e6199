// Who can do grain and stocktake, by name and by code alignment: the backends through the seam, and the raw
// twins.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/overhead/experiment.hpp"
#include "bench/overhead/raw/runner.hpp"

namespace bookstore::overhead {

// The param `align`: the alignments of functions and loops, in bytes, that this build has the hot loops in.
// Alignment alone moves a loop of 2 ns by half a nanosecond.
Param alignment_param();

// The backends of the registry and the raw twins.
std::vector<Contender> grain_contenders();
std::vector<Contender> stocktake_contenders();

// The backends that have a raw twin in the form that they have chosen; and which it is.
std::vector<Contender> contenders_with_grain_twins();
std::vector<Contender> contenders_with_stocktake_twins();
std::string grain_twin_of(std::string_view backend);
std::string stocktake_twin_of(std::string_view backend);

// Preconditions: a contender that was not left out, an alignment of alignment_param(). Throws
// backend::LimitReached when there are fewer workers.
std::unique_ptr<GrainRunner> make_grain_runner(const std::string& name, int workers, int alignment);
std::unique_ptr<StocktakeRunner> make_stocktake_runner(const std::string& name, int workers, int alignment);

}  // namespace bookstore::overhead
