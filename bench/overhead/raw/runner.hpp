// All that a raw twin shares with the suite: the opaque call, and the way in. A twin is written by hand in
// its runtime, without the suite's other headers: what it costs is what a task costs without our seam.
#pragma once

#include <cstdint>

namespace bookstore::workload {

struct GrainJob;
void do_grain(const GrainJob& job, std::uint32_t call);

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

}  // namespace bookstore::overhead
