// What the kernel keeps beside a process's own memory: stacks of its threads, page tables, and the records of
// both (slab). No peak of a process, such as VmHWM, has any of it.
#pragma once

#include <cstdint>
#include <filesystem>

namespace bookstore::measure {

class KernelMemory {
 public:
  enum class Source {
    group,           // memory.stat of the own control group (version 2)
    separate_group,  // memory.kmem.usage_in_bytes of the own control group (version 1), but for the first
    machine,         // /proc/meminfo
  };

  // All paths below `root`, which is another than "/" in tests only.
  explicit KernelMemory(const std::filesystem::path& root = "/");

  const char* source_name() const;
  // Of all that the source covers, in bytes: what others do there meanwhile is in a difference too. 0 if
  // nothing can be read.
  std::int64_t bytes() const;

 private:
  Source source_ = Source::machine;
  std::filesystem::path file_;
};

}  // namespace bookstore::measure
