// Which shelf the next customer wants: Zipf's law over shelves.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "workloads/random.hpp"

namespace bookstore::workload {

// The r-th most popular of n shelves is picked with probability proportional to r^-skew. Which shelf is the
// r-th is shuffled by the seed, so that popular shelves are not neighbours.
class Popularity {
 public:
  Popularity(std::uint32_t shelves, double skew, std::uint64_t seed) : shelf_(shelves), cumulative_(shelves) {
    std::iota(shelf_.begin(), shelf_.end(), 0u);
    SplitMix64 random{seed};
    for (std::uint32_t i = shelves; i > 1; --i) std::swap(shelf_[i - 1], shelf_[random.below(i)]);
    double sum = 0;
    for (std::uint32_t rank = 0; rank < shelves; ++rank)
      cumulative_[rank] = sum += std::pow(static_cast<double>(rank) + 1, -skew);
  }

  std::uint32_t pick(SplitMix64& random) const {
    const double point = random.uniform() * cumulative_.back();
    const auto rank =
        std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, point) - cumulative_.begin();
    return shelf_[static_cast<std::size_t>(rank)];
  }

 private:
  std::vector<std::uint32_t> shelf_;
  std::vector<double> cumulative_;
};

}  // namespace bookstore::workload
