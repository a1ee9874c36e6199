// A limit on a percentile of latency, and the highest rate that holds it.
#pragma once

#include <string>
#include <string_view>

#include "bench/open/capacity.hpp"
#include "bench/open/open_run.hpp"
#include "bench/rows/open_row.hpp"

namespace bookstore {

struct Slo {
  double percentile = 0.99;
  double limit_ns = 0;
  std::string text;  // as it was given
};

// p50=2ms, p99=5ms, p99.9=20ms. Throws std::invalid_argument.
Slo parse_slo(std::string_view text);

// How a run compares with the limit. A run that is overloaded fails, one that is invalid is unclear.
Trial compare_with_slo(const OpenFigures& figures, const Slo& slo);

// Searches with the row's workload, backend, workers and parameters, from the row's rate on, with runs of as
// many tasks as the row has, until failing / passing is at most `resolution`. Gives up on a passing rate at
// 1/64 of the row's.
Capacity search_capacity(const OpenRow& row, const Slo& slo, double resolution);

}  // namespace bookstore
