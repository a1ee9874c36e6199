// HdrHistogram's percentile text (.hgrm), from exact samples: what its plotters and other load tools read.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>

namespace bookstore::measure {

// Samples in nanoseconds, ascending, at least one; values are written in microseconds. The percentiles are
// spaced as HdrHistogram spaces them: five steps to each halving of the distance to 100 %. Source: the
// percentile distribution output of HdrHistogram, https://github.com/HdrHistogram/HdrHistogram.
void write_hgrm(std::ostream& out, std::span<const std::int64_t> ascending_ns);

}  // namespace bookstore::measure
