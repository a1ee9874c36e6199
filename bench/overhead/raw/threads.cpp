// std::threads that claim from one atomic counter; of a tree, its subtrees.
#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "bench/overhead/raw/pool.hpp"
#include "bench/overhead/raw/runner.hpp"

namespace bookstore::overhead {

namespace {

class Grain : public GrainRunner {
 public:
  explicit Grain(int workers) : pool_(workers) {}

 private:
  void run(workload::GrainJob& job, std::uint32_t calls) override {
    next_.store(0, std::memory_order_relaxed);
    pool_.run([this, &job, calls] {
      for (;;) {
        const std::uint32_t call = next_.fetch_add(1, std::memory_order_relaxed);
        if (call >= calls) return;
        do_grain(job, call);
      }
    });
  }

  Pool pool_;
  alignas(128) std::atomic<std::uint32_t> next_{0};
};

class Stocktake : public StocktakeRunner {
 public:
  explicit Stocktake(int workers) : pool_(workers) {}

 private:
  struct Range {
    std::uint32_t begin;
    std::uint32_t end;
  };

  static std::uint64_t count(const workload::Shelves& shelves, std::uint32_t fanout, Range range) {
    const std::uint32_t part = (range.end - range.begin + fanout - 1) / fanout;
    std::uint64_t books = 0;
    // Shelves are counted in a loop: a call for each to find out that it is one would cost as much again.
    if (part == 1) {
      for (std::uint32_t shelf = range.begin; shelf < range.end; ++shelf)
        books += count_shelf(shelves, shelf);
      return books;
    }
    for (std::uint32_t begin = range.begin; begin < range.end; begin += part)
      books += count(shelves, fanout, {begin, begin + std::min(part, range.end - begin)});
    return books;
  }

  // The nodes of the highest level that has enough of them, or of the level `cutoff`.
  std::vector<Range> subtrees(const TreeShape& shape) const {
    const std::size_t enough = static_cast<std::size_t>(64) * static_cast<std::size_t>(pool_.size());
    std::vector<Range> level{{0, shape.shelves}};
    for (std::uint32_t depth = 0; shape.cutoff == 0 ? level.size() < enough : depth < shape.cutoff; ++depth) {
      std::vector<Range> next;
      for (const Range& range : level) {
        const std::uint32_t part = (range.end - range.begin + shape.fanout - 1) / shape.fanout;
        for (std::uint32_t begin = range.begin; begin < range.end; begin += part)
          next.push_back({begin, begin + std::min(part, range.end - begin)});
      }
      const bool leaves = next.size() == level.size();
      level = std::move(next);
      if (leaves) break;
    }
    return level;
  }

  std::uint64_t run(const workload::Shelves& shelves, const TreeShape& shape) override {
    const std::vector<Range> level = subtrees(shape);
    std::atomic<std::uint64_t> books{0};
    next_.store(0, std::memory_order_relaxed);
    pool_.run([&] {
      std::uint64_t own = 0;
      for (;;) {
        const std::uint32_t subtree = next_.fetch_add(1, std::memory_order_relaxed);
        if (subtree >= level.size()) break;
        own += count(shelves, shape.fanout, level[subtree]);
      }
      books.fetch_add(own, std::memory_order_relaxed);
    });
    return books.load();
  }

  Pool pool_;
  alignas(128) std::atomic<std::uint32_t> next_{0};
};

}  // namespace

template <>
std::unique_ptr<GrainRunner> make_grain_twin<BOOKSTORE_ALIGNMENT, Twin::threads>(int workers) {
  return std::make_unique<Grain>(workers);
}

template <>
std::unique_ptr<StocktakeRunner> make_stocktake_twin<BOOKSTORE_ALIGNMENT, Twin::threads>(int workers) {
  return std::make_unique<Stocktake>(workers);
}

}  // namespace bookstore::overhead
