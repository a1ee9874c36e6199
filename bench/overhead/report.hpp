// Experiments as users meet them: what is measured, its figures as Google Benchmark counters, what there is.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "bench/overhead/row.hpp"
#include "bench/rows/measured_row.hpp"

namespace bookstore::overhead {

// One run of the row's experiment. measure() throws WrongResult, LimitReached.
MeasuredRow measured_row(const OverheadRow& row);

// Each with its parameters and backends, for whoever plans runs.
nlohmann::json describe_experiments();

}  // namespace bookstore::overhead
