#include "bench/measure/probes/cpu_use.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <optional>
#include <span>
#include <sstream>
#include <string>

#include "bench/seam/control_group.hpp"

namespace bookstore::measure {

namespace {

namespace fs = std::filesystem;

// Calls see(cpu, fields) for each line of a file in /proc that begins with cpu<N>.
template <class See>
void for_each_cpu_line(const fs::path& path, const See& see) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("cpu") || line.size() < 4 || line[3] < '0' || line[3] > '9') continue;
    std::istringstream fields(line.substr(3));
    int cpu = 0;
    if (fields >> cpu) see(cpu, fields);
  }
}

// The numbers that follow; those that are missing are 0.
template <std::size_t count>
std::array<std::uint64_t, count> numbers(std::istream& fields) {
  std::array<std::uint64_t, count> found{};
  for (std::uint64_t& each : found)
    if (!(fields >> each)) break;
  return found;
}

// By cpuacct.usage_percpu: one number for each CPU that there may be, in their order.
std::optional<std::int64_t> accounted_ns(const fs::path& path, std::span<const int> cpus) {
  std::ifstream file(path);
  std::int64_t sum = 0;
  std::int64_t ns = 0;
  std::size_t found = 0;
  for (int cpu = 0; file >> ns; ++cpu) {
    if (std::ranges::find(cpus, cpu) == cpus.end()) continue;
    sum += ns;
    ++found;
  }
  return found == cpus.size() ? std::optional(sum) : std::nullopt;
}

// By /proc/schedstat: the seventh number of a CPU is the time that it ran threads (the kernel's
// Documentation/scheduler/sched-stats.rst, version 15 and later).
std::optional<std::int64_t> scheduled_ns(const fs::path& path, std::span<const int> cpus) {
  std::int64_t sum = 0;
  std::size_t found = 0;
  for_each_cpu_line(path, [&](int cpu, std::istream& fields) {
    if (std::ranges::find(cpus, cpu) == cpus.end()) return;
    sum += static_cast<std::int64_t>(numbers<7>(fields)[6]);
    ++found;
  });
  return found == cpus.size() ? std::optional(sum) : std::nullopt;
}

}  // namespace

CpuMeter::CpuMeter(const fs::path& root) : root_(root) {
  if (const auto top = backend::ControlGroups(root).first_group("cpuacct"))
    if (fs::exists(*top / "cpuacct.usage_percpu")) accounting_ = *top / "cpuacct.usage_percpu";
  if (!accounting_.empty())
    source_ = Source::accounting;
  else if (fs::exists(root_ / "proc/schedstat"))
    source_ = Source::scheduler;
}

const char* CpuMeter::source_name() const {
  switch (source_) {
    case Source::accounting:
      return "cpuacct.usage_percpu";
    case Source::scheduler:
      return "/proc/schedstat";
    case Source::ticks:
      break;
  }
  return "/proc/stat";
}

CpuUse CpuMeter::read(const std::vector<int>& cpus) const {
  CpuUse use;
  std::optional<std::int64_t> busy;
  if (source_ == Source::accounting) busy = accounted_ns(accounting_, cpus);
  if (source_ == Source::scheduler) busy = scheduled_ns(root_ / "proc/schedstat", cpus);
  std::uint64_t busy_ticks = 0;
  for_each_cpu_line(root_ / "proc/stat", [&](int cpu, std::istream& fields) {
    if (std::ranges::find(cpus, cpu) == cpus.end()) return;
    // user nice system idle iowait irq softirq steal; the time of guests is part of user.
    const auto ticks = numbers<8>(fields);
    for (const std::uint64_t each : ticks) use.ticks += each;
    use.steal_ticks += ticks[7];
    busy_ticks += ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6];
  });
  static const std::int64_t tick_ns = 1'000'000'000 / sysconf(_SC_CLK_TCK);
  use.busy_ns = busy.value_or(static_cast<std::int64_t>(busy_ticks) * tick_ns);
  return use;
}

}  // namespace bookstore::measure
