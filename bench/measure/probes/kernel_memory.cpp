#include "bench/measure/probes/kernel_memory.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "bench/seam/control_group.hpp"

namespace bookstore::measure {

namespace {

// The sum of the numbers that follow these keys, one a line.
template <std::size_t count>
std::int64_t sum_of(const std::filesystem::path& path, const std::array<std::string_view, count>& keys) {
  std::ifstream file(path);
  std::int64_t sum = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string key;
    std::int64_t number = 0;
    if (fields >> key >> number && std::ranges::find(keys, key) != keys.end()) sum += number;
  }
  return sum;
}

}  // namespace

KernelMemory::KernelMemory(const std::filesystem::path& root) : file_(root / "proc/meminfo") {
  const auto group = backend::ControlGroups(root).own_group("memory");
  if (!group) return;
  if (std::filesystem::exists(*group / "memory.stat") && std::filesystem::exists(*group / "memory.current")) {
    source_ = Source::group;
    file_ = *group / "memory.stat";
  } else if (std::filesystem::exists(*group / "memory.kmem.usage_in_bytes") &&
             !std::filesystem::exists(*group / "release_agent")) {
    source_ = Source::separate_group;
    file_ = *group / "memory.kmem.usage_in_bytes";
  }
}

const char* KernelMemory::source_name() const {
  switch (source_) {
    case Source::group:
      return "memory.stat";
    case Source::separate_group:
      return "memory.kmem.usage_in_bytes";
    case Source::machine:
      break;
  }
  return "/proc/meminfo";
}

std::int64_t KernelMemory::bytes() const {
  constexpr std::int64_t kibibyte = 1024;
  switch (source_) {
    case Source::group:
      return sum_of<4>(file_, {"kernel_stack", "pagetables", "sec_pagetables", "slab"});
    case Source::separate_group: {
      std::ifstream file(file_);
      std::int64_t bytes = 0;
      file >> bytes;
      return bytes;
    }
    case Source::machine:
      break;
  }
  return kibibyte * sum_of<4>(file_, {"KernelStack:", "PageTables:", "SecPageTables:", "Slab:"});
}

}  // namespace bookstore::measure
