// What CPUs were busy with, as the kernel counts it: how long they ran threads, whosever these were, and what
// the host took of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace bookstore::measure {

// Since the machine started.
struct CpuUse {
  std::int64_t busy_ns = 0;  // that the CPUs ran threads
  std::uint64_t ticks = 0;   // of any kind
  std::uint64_t steal_ticks = 0;
};

class CpuMeter {
 public:
  // Where the time that CPUs ran threads is read, the best first.
  enum class Source {
    // cpuacct.usage_percpu of the first control group (version 1): nanoseconds, at most a scheduler's tick
    // old.
    accounting,
    // /proc/schedstat: nanoseconds, a thread's counted when it leaves its CPU.
    scheduler,
    // /proc/stat: ticks of 10 ms. Too coarse for a run of 125 ms.
    ticks,
  };

  // All paths below `root`, which is another than "/" in tests only.
  explicit CpuMeter(const std::filesystem::path& root = "/");

  Source source() const { return source_; }
  const char* source_name() const;
  // Of these CPUs together.
  CpuUse read(const std::vector<int>& cpus) const;

 private:
  std::filesystem::path root_;
  std::filesystem::path accounting_;  // empty: there is none
  Source source_ = Source::ticks;
};

}  // namespace bookstore::measure
