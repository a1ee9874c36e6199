// Jobs without a shop: for measuring the instrument itself and for comparing with theory.
#pragma once

#include <cstdint>
#include <span>

#include "workloads/job.hpp"

namespace bookstore::workload {

// Tasks of one step that does nothing.
struct NullJob {
  std::uint32_t tasks = 0;

  std::uint32_t size() const { return tasks; }
  Wait step(std::uint32_t, std::uint32_t) { return done; }
};

// Tasks that are nothing but a wait of their own. A blocking worker is busy for that long, so n of them are a
// queueing system with n servers even on one core.
struct WaitJob {
  std::span<const Wait> waits;

  std::uint32_t size() const { return static_cast<std::uint32_t>(waits.size()); }
  Wait step(std::uint32_t task, std::uint32_t step) { return step == 0 ? waits[task] : done; }
};

}  // namespace bookstore::workload
