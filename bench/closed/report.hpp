// Closed rows as users meet them: what is measured, and its figures as Google Benchmark counters.
#pragma once

#include <cstdint>
#include <optional>

#include "bench/closed/known_digests.hpp"
#include "bench/rows/measured_row.hpp"
#include "bench/rows/row.hpp"

namespace bookstore {

struct ClosedOptions {
  bool memory = false;                    // the peak memory of the run too
  std::optional<std::uint64_t> expected;  // the digest that every row must end in
  KnownDigests known;
};

// One run of the row, its digest as the label. `options` outlives it. measure() throws WrongResult,
// LimitReached.
MeasuredRow closed_row(const Row& row, const ClosedOptions& options);

// What the cores of this process are worth at best: the same loop in as many processes, no runtime.
MeasuredRow ideal_row();

}  // namespace bookstore
