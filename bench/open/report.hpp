// Open rows as users meet them: what is measured, and its figures as Google Benchmark counters.
#pragma once

#include <string>

#include "bench/measure/probes/floor.hpp"
#include "bench/open/side_files.hpp"
#include "bench/open/slo.hpp"
#include "bench/rows/measured_row.hpp"
#include "bench/rows/open_row.hpp"
#include "bench/shell/budget.hpp"

namespace bookstore {

// One open run of the row, its validity with reasons as the label. No percentile is left out for want of
// samples: the worse runs have the fewest, and without them the rest would look better than it is. `floor`
// and `files` outlive it. measure() throws WrongResult, LimitReached.
MeasuredRow open_row(const OpenRow& row, const measure::Floor& floor, SideFiles& files);

// A search for the highest rate that holds the limit, with the row's shop, within what is left of the budget.
// `budget` outlives it.
MeasuredRow capacity_row(const OpenRow& row, const Slo& slo, double resolution, const Budget& budget);

// One line for the terminal.
std::string floor_line(const measure::Floor& floor);

}  // namespace bookstore
