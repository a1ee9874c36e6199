// gaps: bursts of tasks with gaps between them that are too short for a runtime to have gone to rest: a
// stretch of work that is for one thread, as between two parallel loops, or a few milliseconds of nothing.
// What the pool burns in a gap is taken from whoever needs the CPU then, and what it saves it pays at the
// next burst.
#pragma once

#include <cstdint>

#include "bench/overhead/experiment.hpp"

namespace bookstore::overhead {

Experiment gaps_experiment();

// CPU time of all threads but the caller while it does `stretch()`. Both meters read the CPU time so far, of
// the process and of the calling thread.
template <class Stretch, class ProcessMeter, class ThreadMeter>
std::int64_t others_cpu_during(const Stretch& stretch, const ProcessMeter& process_ns,
                               const ThreadMeter& thread_ns) {
  const std::int64_t others_before = process_ns() - thread_ns();
  stretch();
  return process_ns() - thread_ns() - others_before;
}

}  // namespace bookstore::overhead
