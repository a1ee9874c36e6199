// Tasks that are nothing but a set amount of arithmetic: what dispatching a task costs beside its work.
//
// A task's work is a chain of dependent multiplications and additions (Knuth's MMIX generator), so that its
// time is in proportion to the number of links and no part of it can be skipped. It reads no clock: a task
// that was preempted would get its work for nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "workloads/job.hpp"

namespace bookstore::workload {

// How many links each task has. Immutable, and shared by all runs.
class GrainPlan {
 public:
  static constexpr double bytes_per_task = sizeof(std::uint32_t);

  // `links` per task; with `chunk` above 1, that many of the plan's tasks are done by one call.
  GrainPlan(std::uint32_t tasks, std::uint32_t links, std::uint32_t chunk = 1);

  std::uint32_t tasks() const { return static_cast<std::uint32_t>(links_.size()); }
  std::uint32_t chunk() const { return chunk_; }
  // Calls that do all tasks between them.
  std::uint32_t calls() const { return (tasks() + chunk_ - 1) / chunk_; }
  const std::uint32_t* links() const { return links_.data(); }

 private:
  std::vector<std::uint32_t> links_;
  std::uint32_t chunk_;
};

// The sum of what the tasks of one run computed. Every thread adds to a place of its own, so that the sum
// costs a task neither a lock nor a shared cache line.
class GrainTally {
 public:
  GrainTally() : run_(next_run.fetch_add(1, std::memory_order_relaxed) + 1) {}
  GrainTally(const GrainTally&) = delete;
  GrainTally& operator=(const GrainTally&) = delete;

  // By any thread.
  void add(std::uint64_t value) {
    if (own_run != run_) join();
    *own_sum += value;
  }

  // Both to be called when the run has drained.
  std::uint64_t sum() const;
  int threads() const { return static_cast<int>(sums_.size()); }

 private:
  // Two cache lines: some processors fetch them in pairs.
  struct alignas(128) Sum {
    std::uint64_t value = 0;
  };

  void join();

  inline static std::atomic<std::uint64_t> next_run{0};
  inline static thread_local std::uint64_t own_run = 0;
  inline static thread_local std::uint64_t* own_sum = nullptr;

  std::uint64_t run_;
  std::mutex lock_;
  std::deque<Sum> sums_;
};

struct GrainJob;

// Does one call's tasks. Never inlined: whoever calls it, through whatever, pays for exactly one call.
void do_grain(const GrainJob& job, std::uint32_t call);

struct GrainJob {
  const GrainPlan& plan;
  GrainTally& tally;

  std::uint32_t size() const { return plan.calls(); }
  Wait step(std::uint32_t call, std::uint32_t) {
    do_grain(*this, call);
    return done;
  }
};

// The work of one task; its result depends on every link.
[[nodiscard]] std::uint64_t do_links(std::uint64_t task, std::uint32_t links);

// Goes on with a chain from `value`, by that many links.
[[nodiscard]] std::uint64_t follow_links(std::uint64_t value, std::uint32_t links);

// The value that the chain had so many links before `value`, in logarithmic time. Source: F. B. Brown,
// "Random number generation with arbitrary strides", Trans. Am. Nucl. Soc. 71, 1994.
[[nodiscard]] std::uint64_t before_links(std::uint64_t value, std::uint64_t links);

// For a result that nobody asks for: no compiler may leave out what it took to work it out.
inline void keep(std::uint64_t result) { asm volatile("" : : "r"(result)); }

}  // namespace bookstore::workload
