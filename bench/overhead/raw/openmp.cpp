// OpenMP tasks in three forms, and nested along a tree.
#include <omp.h>

#include <algorithm>
#include <atomic>

#include "bench/overhead/raw/runner.hpp"

namespace bookstore::overhead {

namespace {

using workload::GrainJob;

void run_range(const GrainJob* job, std::uint32_t begin, std::uint32_t end) {
  for (std::uint32_t call = begin; call < end; ++call) {
#pragma omp task default(none) firstprivate(job, call)
    do_grain(*job, call);
  }
#pragma omp taskwait
}

struct Flat {
  static void run(const GrainJob* job, std::uint32_t calls) { run_range(job, 0, calls); }
};

struct Nested {
  static void run(const GrainJob* job, std::uint32_t calls) {
    constexpr std::uint32_t group_size = 64;
    for (std::uint32_t begin = 0; begin < calls; begin += group_size) {
      const std::uint32_t end = begin + std::min(calls - begin, group_size);
#pragma omp task default(none) firstprivate(job, begin, end)
      run_range(job, begin, end);
    }
  }
};

struct Halves {
  static void halve(const GrainJob* job, std::uint32_t begin, std::uint32_t end) {
    while (end - begin > 1) {
      const std::uint32_t middle = begin + (end - begin) / 2;
#pragma omp task default(none) firstprivate(job, middle, end)
      halve(job, middle, end);
      end = middle;
    }
    do_grain(*job, begin);
  }
  static void run(const GrainJob* job, std::uint32_t calls) {
    if (calls > 0) halve(job, 0, calls);
  }
};

template <class Form>
class Grain : public GrainRunner {
 public:
  explicit Grain(int workers) : workers_(workers) { omp_set_dynamic(0); }

 private:
  void run(GrainJob& work, std::uint32_t calls) override {
    const GrainJob* const job = &work;
    const int team = workers_;
#pragma omp parallel num_threads(team) default(none) firstprivate(job, calls)
#pragma omp single nowait
    Form::run(job, calls);
  }

  int workers_;
};

// A task for each child but the last, which is counted by whoever counts the node.
class Stocktake : public StocktakeRunner {
 public:
  explicit Stocktake(int workers) : workers_(workers) { omp_set_dynamic(0); }

 private:
  struct Stock {
    const workload::Shelves& shelves;
    std::uint32_t fanout;
  };

  static std::uint64_t count_plainly(const Stock* stock, std::uint32_t begin, std::uint32_t end) {
    if (end - begin == 1) return count_shelf(stock->shelves, begin);
    const std::uint32_t part = (end - begin + stock->fanout - 1) / stock->fanout;
    std::uint64_t books = 0;
    for (; begin < end; begin += part)
      books += count_plainly(stock, begin, begin + std::min(part, end - begin));
    return books;
  }

  static std::uint64_t count(const Stock* stock, std::uint32_t begin, std::uint32_t end,
                             std::uint32_t levels) {
    if (end - begin == 1) return count_shelf(stock->shelves, begin);
    if (levels == 0) return count_plainly(stock, begin, end);
    const std::uint32_t part = (end - begin + stock->fanout - 1) / stock->fanout;
    std::atomic<std::uint64_t> others{0};
    auto* const sum = &others;
    for (; end - begin > part; begin += part) {
#pragma omp task default(none) firstprivate(stock, sum, begin, part, levels)
      sum->fetch_add(count(stock, begin, begin + part, levels - 1), std::memory_order_relaxed);
    }
    const std::uint64_t own = count(stock, begin, end, levels - 1);
#pragma omp taskwait
    return own + others.load(std::memory_order_relaxed);
  }

  std::uint64_t run(const workload::Shelves& shelves, const TreeShape& shape) override {
    const Stock stock{shelves, shape.fanout};
    const Stock* const all = &stock;
    const std::uint32_t levels = shape.cutoff == 0 ? UINT32_MAX : shape.cutoff;
    const std::uint32_t end = shape.shelves;
    const int team = workers_;
    std::uint64_t books = 0;
#pragma omp parallel num_threads(team) default(none) firstprivate(all, end, levels) shared(books)
#pragma omp single nowait
    books = count(all, 0, end, levels);
    return books;
  }

  int workers_;
};

}  // namespace

template <>
std::unique_ptr<GrainRunner> make_grain_twin<BOOKSTORE_ALIGNMENT, Twin::openmp_flat>(int workers) {
  return std::make_unique<Grain<Flat>>(workers);
}

template <>
std::unique_ptr<GrainRunner> make_grain_twin<BOOKSTORE_ALIGNMENT, Twin::openmp_nested>(int workers) {
  return std::make_unique<Grain<Nested>>(workers);
}

template <>
std::unique_ptr<GrainRunner> make_grain_twin<BOOKSTORE_ALIGNMENT, Twin::openmp_halves>(int workers) {
  return std::make_unique<Grain<Halves>>(workers);
}

template <>
std::unique_ptr<StocktakeRunner> make_stocktake_twin<BOOKSTORE_ALIGNMENT, Twin::openmp_tree>(int workers) {
  return std::make_unique<Stocktake>(workers);
}

}  // namespace bookstore::overhead
