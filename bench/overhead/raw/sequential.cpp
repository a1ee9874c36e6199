// A plain loop, and plain recursion.
#include <algorithm>

#include "bench/overhead/raw/runner.hpp"

namespace bookstore::overhead {

namespace {

class Grain : public GrainRunner {
  void run(workload::GrainJob& job, std::uint32_t calls) override {
    for (std::uint32_t call = 0; call < calls; ++call) do_grain(job, call);
  }
};

class Stocktake : public StocktakeRunner {
  static std::uint64_t count(const workload::Shelves& shelves, std::uint32_t fanout, std::uint32_t begin,
                             std::uint32_t end) {
    const std::uint32_t part = (end - begin + fanout - 1) / fanout;
    std::uint64_t books = 0;
    // Shelves are counted in a loop: a call for each to find out that it is one would cost as much again.
    if (part == 1) {
      for (; begin < end; ++begin) books += count_shelf(shelves, begin);
      return books;
    }
    for (; begin < end; begin += part)
      books += count(shelves, fanout, begin, begin + std::min(part, end - begin));
    return books;
  }

  std::uint64_t run(const workload::Shelves& shelves, const TreeShape& shape) override {
    return count(shelves, shape.fanout, 0, shape.shelves);
  }
};

}  // namespace

template <>
std::unique_ptr<GrainRunner> make_grain_twin<BOOKSTORE_ALIGNMENT, Twin::sequential>(int) {
  return std::make_unique<Grain>();
}

template <>
std::unique_ptr<StocktakeRunner> make_stocktake_twin<BOOKSTORE_ALIGNMENT, Twin::sequential>(int) {
  return std::make_unique<Stocktake>();
}

}  // namespace bookstore::overhead
