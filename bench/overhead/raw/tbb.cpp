// oneTBB's task_group in three forms, and nested along a tree.
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <algorithm>
#include <atomic>

#include "bench/overhead/raw/runner.hpp"

namespace bookstore::overhead {

namespace {

using oneapi::tbb::task_group;
using workload::GrainJob;

struct Arena {
  explicit Arena(int workers)
      : control(oneapi::tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(workers) + 1),
        arena(workers, 1) {
    arena.initialize();
  }
  oneapi::tbb::global_control control;
  oneapi::tbb::task_arena arena;
};

void run_range(const GrainJob& job, std::uint32_t begin, std::uint32_t end) {
  task_group group;
  for (std::uint32_t call = begin; call < end; ++call) group.run([&job, call] { do_grain(job, call); });
  group.wait();
}

struct Flat {
  static void run(const GrainJob& job, std::uint32_t calls) { run_range(job, 0, calls); }
};

struct Nested {
  static void run(const GrainJob& job, std::uint32_t calls) {
    constexpr std::uint32_t group_size = 64;
    task_group groups;
    for (std::uint32_t begin = 0; begin < calls; begin += group_size) {
      const std::uint32_t end = begin + std::min(calls - begin, group_size);
      groups.run([&job, begin, end] { run_range(job, begin, end); });
    }
    groups.wait();
  }
};

struct Halves {
  static void halve(const GrainJob& job, std::uint32_t begin, std::uint32_t end) {
    if (end - begin == 1) return do_grain(job, begin);
    const std::uint32_t middle = begin + (end - begin) / 2;
    task_group right;
    right.run([&job, middle, end] { halve(job, middle, end); });
    halve(job, begin, middle);
    right.wait();
  }
  static void run(const GrainJob& job, std::uint32_t calls) {
    if (calls > 0) halve(job, 0, calls);
  }
};

template <class Form>
class Grain : public GrainRunner {
 public:
  explicit Grain(int workers) : arena_(workers) {}

 private:
  void run(GrainJob& job, std::uint32_t calls) override {
    arena_.arena.execute([&job, calls] { Form::run(job, calls); });
  }

  Arena arena_;
};

// A group for each inner node; its last child is counted by whoever counts the node.
class Stocktake : public StocktakeRunner {
 public:
  explicit Stocktake(int workers) : arena_(workers) {}

 private:
  struct Stock {
    const workload::Shelves& shelves;
    std::uint32_t fanout;
  };

  static std::uint64_t count_plainly(const Stock& stock, std::uint32_t begin, std::uint32_t end) {
    if (end - begin == 1) return count_shelf(stock.shelves, begin);
    const std::uint32_t part = (end - begin + stock.fanout - 1) / stock.fanout;
    std::uint64_t books = 0;
    for (; begin < end; begin += part)
      books += count_plainly(stock, begin, begin + std::min(part, end - begin));
    return books;
  }

  static std::uint64_t count(const Stock& stock, std::uint32_t begin, std::uint32_t end,
                             std::uint32_t levels) {
    if (end - begin == 1) return count_shelf(stock.shelves, begin);
    if (levels == 0) return count_plainly(stock, begin, end);
    const std::uint32_t part = (end - begin + stock.fanout - 1) / stock.fanout;
    std::atomic<std::uint64_t> others{0};
    task_group children;
    for (; end - begin > part; begin += part)
      children.run([&stock, &others, begin, part, levels] {
        others.fetch_add(count(stock, begin, begin + part, levels - 1), std::memory_order_relaxed);
      });
    const std::uint64_t own = count(stock, begin, end, levels - 1);
    children.wait();
    return own + others.load(std::memory_order_relaxed);
  }

  std::uint64_t run(const workload::Shelves& shelves, const TreeShape& shape) override {
    const Stock stock{shelves, shape.fanout};
    const std::uint32_t levels = shape.cutoff == 0 ? UINT32_MAX : shape.cutoff;
    return arena_.arena.execute([&] { return count(stock, 0, shape.shelves, levels); });
  }

  Arena arena_;
};

}  // namespace

template <>
std::unique_ptr<GrainRunner> make_grain_twin<BOOKSTORE_ALIGNMENT, Twin::tbb_flat>(int workers) {
  return std::make_unique<Grain<Flat>>(workers);
}

template <>
std::unique_ptr<GrainRunner> make_grain_twin<BOOKSTORE_ALIGNMENT, Twin::tbb_nested>(int workers) {
  return std::make_unique<Grain<Nested>>(workers);
}

template <>
std::unique_ptr<GrainRunner> make_grain_twin<BOOKSTORE_ALIGNMENT, Twin::tbb_halves>(int workers) {
  return std::make_unique<Grain<Halves>>(workers);
}

template <>
std::unique_ptr<StocktakeRunner> make_stocktake_twin<BOOKSTORE_ALIGNMENT, Twin::tbb_tree>(int workers) {
  return std::make_unique<Stocktake>(workers);
}

}  // namespace bookstore::overhead
