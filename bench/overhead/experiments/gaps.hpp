// gaps: bursts of tasks with gaps between them that are too short for a runtime to have gone to rest: a
// stretch of work that is for one thread, as between two parallel loops, or a few milliseconds of nothing.
// What the pool burns in a gap is taken from whoever needs the CPU then, and what it saves it pays at the
// next burst.
#pragma once

#include <cstdint>

#include "bench/overhead/experiment.hpp"

namespace bookstore::overhead {

Experiment gaps_experiment();

// Bursts with a gap after each: `burst()` is done, then `gap()`, and what `cpu_ns()` counted in the gaps
// alone is returned.
template <class Burst, class Gap, class Meter>
std::int64_t cpu_in_gaps(int bursts, const Burst& burst, const Gap& gap, const Meter& cpu_ns) {
  std::int64_t sum = 0;
  for (int i = 0; i < bursts; ++i) {
    burst();
    const std::int64_t before = cpu_ns();
    gap();
    sum += cpu_ns() - before;
  }
  return sum;
}

}  // namespace bookstore::overhead
