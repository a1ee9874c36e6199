// A limit on a percentile of delay or latency, and the highest rate that holds it.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "bench/open/capacity.hpp"
#include "bench/open/open_run.hpp"
#include "bench/rows/open_row.hpp"

namespace bookstore {

struct Slo {
  double percentile = 0.99;
  double limit_ns = 0;
  bool delay = false;                  // of the delay, latency less the asked waits; else of the latency
  std::optional<workload::Kind> kind;  // of that kind of task; else of all
  std::string text;                    // as it was given
};

// delay_p99=1ms, p99.9=20ms (of all latencies), rent_p99=5ms (of a kind's). Throws std::invalid_argument.
Slo parse_slo(std::string_view text);

// Throws std::invalid_argument where no task of the row is of the limit's kind.
void check_slo(const Slo& slo, const OpenRow& row);

// How a run compares with the limit. A run that is overloaded fails, one that is invalid is unclear.
Trial compare_with_slo(const OpenFigures& figures, const Slo& slo);

// Searches with the row's workload, backend, workers and parameters, from the row's rate on, with runs of as
// many tasks as the row has, until failing / passing is at most `resolution`, or `seconds` of arrivals or 20
// of the row's durations are over. Gives up on a passing rate at 1/64 of the row's.
Capacity search_capacity(const OpenRow& row, const Slo& slo, double resolution,
                         double seconds = std::numeric_limits<double>::infinity());

}  // namespace bookstore
