// The middle of a few values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace bookstore::measure {

// Of an even number of values the mean of the two in the middle. Precondition: at least one.
inline double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

}  // namespace bookstore::measure
