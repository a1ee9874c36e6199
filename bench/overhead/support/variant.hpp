// The seam's side of what is compiled once for each code alignment, as the raw twins are (raw/runner.hpp). A
// variant's sources are compiled with BOOKSTORE_ALIGNMENT as the flags say; everything in them but these
// functions has internal linkage, or the linker would keep one variant for all.
#pragma once

#include <memory>
#include <string_view>

#include "bench/overhead/raw/runner.hpp"

namespace bookstore::overhead {

// A registered backend through the seam.
template <int alignment>
std::unique_ptr<GrainRunner> make_seam_grain(std::string_view backend, int workers);
template <int alignment>
std::unique_ptr<StocktakeRunner> make_seam_stocktake(std::string_view backend, int workers);

}  // namespace bookstore::overhead
