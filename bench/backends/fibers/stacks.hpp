// Where fibers have their stacks from.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <boost/context/stack_context.hpp>
#include <cstddef>
#include <new>
#include <vector>

#include "bench/seam/limits.hpp"

namespace bookstore::backend {

// The stacks of one thread's fibers, which it keeps: to map one for each fiber and to fault its pages in
// again costs a hundred times what the fiber does. For that thread. Boost's own pool writes its list of free
// stacks into them, each at the end that no fiber reaches, so that each takes a page more.
//
// No guard page stands between stacks: with one each, the system's bound on mappings would allow 32,000.
class FiberStacks {
 public:
  // `held` counts the stacks of all threads.
  explicit FiberStacks(std::atomic<std::size_t>& held) : held_(held) {}
  FiberStacks(const FiberStacks&) = delete;
  FiberStacks& operator=(const FiberStacks&) = delete;
  ~FiberStacks() {
    for (const Slab& slab : slabs_) munmap(slab.begin, slab.stacks * stack_bytes);
  }

  // What Boost.Fiber takes stacks from: a handle.
  struct Allocator {
    FiberStacks* stacks;
    boost::context::stack_context allocate() { return stacks->take(); }
    void deallocate(boost::context::stack_context& stack) noexcept { stacks->free_.push_back(stack.sp); }
  };

 private:
  // Far more than a step takes; what no fiber touches is no memory.
  static constexpr std::size_t stack_bytes = std::size_t{64} << 10;
  static constexpr std::size_t fewest = 16, most = 1024;  // mapped at once
  static constexpr double touched_bytes = 8192;           // of a stack that a task waits on

  // Throws std::bad_alloc.
  boost::context::stack_context take() {
    if (free_.empty()) map_slab();
    boost::context::stack_context stack;
    stack.size = stack_bytes;
    stack.sp = free_.back();
    free_.pop_back();
    return stack;
  }

  void map_slab() {
    const std::size_t stacks = std::clamp(held_here_, fewest, most);
    require_memory(touched_bytes * static_cast<double>(held_.fetch_add(stacks) + stacks));
    slabs_.reserve(slabs_.size() + 1);
    // Room for all of them: giving one back must not fail.
    free_.reserve(held_here_ + stacks);
    void* const slab = mmap(nullptr, stacks * stack_bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (slab == MAP_FAILED) throw std::bad_alloc();
    // A huge page would be memory for 32 stacks, whatever they use.
    madvise(slab, stacks * stack_bytes, MADV_NOHUGEPAGE);
    slabs_.push_back({slab, stacks});
    held_here_ += stacks;
    for (std::size_t stack = stacks; stack > 0; --stack)
      free_.push_back(static_cast<std::byte*>(slab) + stack * stack_bytes);
  }

  struct Slab {
    void* begin;
    std::size_t stacks;
  };

  std::atomic<std::size_t>& held_;
  std::size_t held_here_ = 0;
  std::vector<Slab> slabs_;
  std::vector<void*> free_;  // by their upper ends; the last one given back is taken first
};

}  // namespace bookstore::backend
