// What the control groups of this process allow it, in both versions of the kernel's interface. A group is
// bound by its own limit and by those of all groups around it: every level is read, and the tightest counts.
// Sources: the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/, proc_pid_mountinfo(5).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace bookstore::backend {

// Since the groups were made, over the levels that have a CPU quota.
struct Throttling {
  std::int64_t periods = 0;  // in which a group had used its quota up
  std::int64_t ns = 0;       // that its threads were kept from running for it

  Throttling operator-(const Throttling& before) const { return {periods - before.periods, ns - before.ns}; }
};

class ControlGroups {
 public:
  // The groups that /proc/self/cgroup names, where /proc/self/mountinfo says that they are; all paths below
  // `root`, which is another than "/" in tests only. What cannot be read bounds nothing.
  explicit ControlGroups(const std::filesystem::path& root = "/");

  // Threads and processes; nothing without a bound, as below.
  std::optional<std::int64_t> most_threads() const;
  std::optional<std::int64_t> memory_bytes() const;
  // Quota over period: how many CPUs it pays for. A fraction, such as 0.5.
  std::optional<double> cpus() const;
  // By the levels that had a quota when this was made.
  Throttling throttling() const;
  // The folder of the group that a controller has this process in.
  std::optional<std::filesystem::path> own_group(std::string_view controller) const;
  // The folder of a version 1 controller's first group, which holds all processes of the machine. Nothing
  // where it is not to be seen, as in a container.
  std::optional<std::filesystem::path> first_group(std::string_view controller) const;

 private:
  // The folders of the group and of all around it, the group's own first.
  struct Hierarchy {
    bool unified;  // version 2
    std::vector<std::filesystem::path> levels;
  };
  // Of both versions: a controller is in one, but only the folders tell in which.
  std::vector<Hierarchy> hierarchies_of(std::string_view controller) const;

  std::filesystem::path root_;
  std::vector<std::filesystem::path> cpu_stats_;  // of the levels with a quota
};

// Those of this process, read when first asked for.
const ControlGroups& control_groups();

}  // namespace bookstore::backend
