// Open rows as users meet them: what is measured, and its figures as Google Benchmark counters.
#pragma once

#include <string>

#include "bench/measure/probes/floor.hpp"
#include "bench/open/side_files.hpp"
#include "bench/open/slo.hpp"
#include "bench/rows/measured_row.hpp"
#include "bench/rows/open_row.hpp"

namespace bookstore {

// One open run of the row, its verdict with reasons as the label. `floor` and `files` outlive it. measure()
// throws WrongResult, LimitReached.
MeasuredRow open_row(const OpenRow& row, const measure::Floor& floor, SideFiles& files);

// A search for the highest rate that holds the limit, with the row's shop.
MeasuredRow capacity_row(const OpenRow& row, const Slo& slo, double resolution);

// One line for the terminal.
std::string floor_line(const measure::Floor& floor);

}  // namespace bookstore
