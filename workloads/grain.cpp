#include "workloads/grain.hpp"

#include <algorithm>

namespace bookstore::workload {

namespace {

// Of one link.
constexpr std::uint64_t factor = 6364136223846793005u;
constexpr std::uint64_t summand = 1442695040888963407u;

}  // namespace

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

std::uint64_t follow_links(std::uint64_t value, std::uint32_t links) {
  for (std::uint32_t link = 0; link < links; ++link) {
    value = value * factor + summand;
    // Opaque: several links are one multiplication and one addition with other constants, as clang knows.
    asm("" : "+r"(value));
  }
  return value;
}

std::uint64_t before_links(std::uint64_t value, std::uint64_t links) {
  // The chain comes back to its value after 2^64 links: so many back are all the others forward.
  std::uint64_t all_factor = 1, all_summand = 0;
  std::uint64_t power_factor = factor, power_summand = summand;  // of 1, 2, 4 ... links at once
  for (std::uint64_t forward = -links; forward != 0; forward >>= 1) {
    if ((forward & 1) != 0) {
      all_factor *= power_factor;
      all_summand = all_summand * power_factor + power_summand;
    }
    power_summand = (power_factor + 1) * power_summand;
    power_factor *= power_factor;
  }
  return all_factor * value + all_summand;
}

std::uint64_t do_links(std::uint64_t task, std::uint32_t links) {
  // Distinct first values: a task that was skipped cannot be made up for by another that was done twice.
  return follow_links((task + 1) * 0x9E3779B97F4A7C15u, links);
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
