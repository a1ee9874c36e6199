// How large the plan of a row is, and how long it should take.
#pragma once

#include "bench/rows/row.hpp"

namespace bookstore {

// What a run is to last at least.
inline constexpr double usual_run_ns = 125e6;

// Sets row.parameters.tasks unless it was given: enough for a run of about usual_run_ns and 24 times the
// longest wait, by nominal costs, and whole for the mix. The size does not depend on row.cores, so that all
// core counts of a sweep run the same plan; `machine_cores` is what the machine offers.
void choose_tasks(Row& row, int machine_cores);

// Seconds that one run of the row takes by nominal costs.
double nominal_seconds(const Row& row);

}  // namespace bookstore
