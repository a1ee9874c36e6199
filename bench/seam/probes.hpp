// Who looks on while tasks are run.
#pragma once

#include <concepts>
#include <cstdint>

#include "workloads/job.hpp"

namespace bookstore::backend {

// Sees every step: before(task, step), then after(task, step, wait), on the thread that runs it; of an open
// run also released(task, time), once, before the first step: when the door let the task in, on the run's
// clock. A probe finds out itself which thread that is. Must not throw.
template <class P>
concept Probe = std::copyable<P> && requires(P& probe, std::uint32_t task, std::uint32_t step, Wait wait) {
  probe.before(task, step);
  probe.after(task, step, wait);
  probe.released(task, wait);
};

// Vanishes when compiled.
struct NoProbe {
  void before(std::uint32_t, std::uint32_t) const {}
  void after(std::uint32_t, std::uint32_t, Wait) const {}
  void released(std::uint32_t, std::int64_t) const {}
};

}  // namespace bookstore::backend
