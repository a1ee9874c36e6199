#include "workloads/grain.hpp"

#include <algorithm>

namespace bookstore::workload {

GrainPlan::GrainPlan(std::uint32_t tasks, std::uint32_t links, std::uint32_t chunk)
    : links_(tasks, links), chunk_(chunk) {}

void GrainTally::join() {
  const std::scoped_lock guard(lock_);
  own_sum = &sums_.emplace_back().value;
  own_run = run_;
}

std::uint64_t GrainTally::sum() const {
  std::uint64_t all = 0;
  for (const Sum& each : sums_) all += each.value;
  return all;
}

std::uint64_t do_links(std::uint64_t task, std::uint32_t links) {
  // Distinct first values: a task that was skipped cannot be made up for by another that was done twice.
  std::uint64_t value = (task + 1) * 0x9E3779B97F4A7C15u;
  for (std::uint32_t link = 0; link < links; ++link) {
    value = value * 6364136223846793005u + 1442695040888963407u;
    // Opaque: several links are one multiplication and one addition with other constants, as clang knows.
    asm("" : "+r"(value));
  }
  return value;
}

[[gnu::noinline]] void do_grain(const GrainJob& job, std::uint32_t call) {
  const GrainPlan& plan = job.plan;
  const std::uint32_t chunk = plan.chunk();
  if (chunk == 1) return job.tally.add(do_links(call, plan.links()[call]));
  const std::uint32_t first = call * chunk;
  const std::uint32_t last = first + std::min(chunk, plan.tasks() - first);
  for (std::uint32_t task = first; task < last; ++task) job.tally.add(do_links(task, plan.links()[task]));
}

}  // namespace bookstore::workload
