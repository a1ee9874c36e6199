// All that a raw twin shares with the suite: the opaque calls, and the way in. A twin is written by hand in
// its runtime, without the suite's other headers: what it costs is what a task costs without our seam.
#pragma once

#include <cstdint>
#include <memory>

namespace bookstore::workload {

struct GrainJob;
void do_grain(const GrainJob& job, std::uint32_t call);

class Shelves;
std::uint64_t count_shelf(const Shelves& shelves, std::uint32_t shelf);

}  // namespace bookstore::workload

namespace bookstore::overhead {

// Workers and a way to make `calls` calls of do_grain, each a task of its own. Built outside of what is
// timed.
class GrainRunner {
 public:
  GrainRunner() = default;
  virtual ~GrainRunner() = default;
  GrainRunner(const GrainRunner&) = delete;
  GrainRunner& operator=(const GrainRunner&) = delete;

  virtual void run(workload::GrainJob& job, std::uint32_t calls) = 0;
};

// A tree over shelves: a range of them is divided into `fanout` parts of equal size (the last may be smaller,
// and there may be fewer), down to single shelves.
struct TreeShape {
  std::uint32_t shelves;
  std::uint32_t fanout;
  std::uint32_t cutoff;  // below this depth plain recursion; 0: tasks down to single shelves
};

// Workers and a way to count all shelves by such a tree.
class StocktakeRunner {
 public:
  StocktakeRunner() = default;
  virtual ~StocktakeRunner() = default;
  StocktakeRunner(const StocktakeRunner&) = delete;
  StocktakeRunner& operator=(const StocktakeRunner&) = delete;

  virtual std::uint64_t run(const workload::Shelves& shelves, const TreeShape& shape) = 0;
};

enum class Twin {
  sequential,
  threads,
  tbb_flat,
  tbb_nested,
  tbb_halves,
  tbb_tree,
  openmp_flat,
  openmp_nested,
  openmp_halves,
  openmp_tree,
  event_loop,
  event_loops,
  asio,
  function_queue,
  thread_per_task,
};

// The twins are compiled once for each code alignment, with BOOKSTORE_ALIGNMENT as the flags say. All but
// these functions has internal linkage there, or the linker would keep one variant for all.
template <int alignment, Twin twin>
std::unique_ptr<GrainRunner> make_grain_twin(int workers);
template <int alignment, Twin twin>
std::unique_ptr<StocktakeRunner> make_stocktake_twin(int workers);

}  // namespace bookstore::overhead
