#include "bench/seam/control_group.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "bench/seam/number_in.hpp"

namespace bookstore::backend {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

// The kernel writes blanks and backslashes as \040 and the like there.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string digits = text[i] == '\\' ? text.substr(i + 1, 3) : "";
    const bool octal = digits.size() == 3 && digits.find_first_not_of("01234567") == std::string::npos;
    plain += octal ? static_cast<char>(std::stoi(digits, nullptr, 8)) : text[i];
    i += octal ? 3 : 0;
  }
  return plain;
}

struct Mount {
  bool unified = false;
  std::vector<std::string> controllers;  // of version 1
  fs::path group;                        // that is at the top of the mount
  fs::path folder;
};

std::vector<Mount> read_mounts(const fs::path& root) {
  std::vector<Mount> mounts;
  std::ifstream file(root / "proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const auto fields = split(line, ' ');
    const auto end = std::ranges::find(fields, "-");
    if (fields.size() < 5 || fields.end() - end < 4) continue;
    const bool unified = end[1] == "cgroup2";
    if (!unified && end[1] != "cgroup") continue;
    mounts.push_back({.unified = unified,
                      .controllers = split(end[3], ','),
                      .group = unescaped(fields[3]),
                      .folder = root / fs::path(unescaped(fields[4])).relative_path()});
  }
  return mounts;
}

// From the group's folder up to the mount's. A group that the mount does not show (another namespace's) is
// bound by the top at least.
std::vector<fs::path> levels_of(const Mount& mount, const fs::path& group) {
  const fs::path below = group.lexically_relative(mount.group);
  std::vector<fs::path> levels{mount.folder};
  if (below.empty() || *below.begin() == "..") return levels;
  for (const fs::path& part : below)
    if (part != ".") levels.push_back(levels.back() / part);
  std::ranges::reverse(levels);
  return levels;
}

// The number that follows a key in a file such as cpu.stat.
std::optional<std::int64_t> number_after(const fs::path& path, std::string_view key) {
  std::ifstream file(path);
  std::string word;
  for (std::int64_t number = 0; file >> word >> number;)
    if (word == key) return number;
  return std::nullopt;
}

std::optional<double> quota_of(const fs::path& level, bool unified) {
  double quota = 0;
  double period = 0;
  if (unified) {
    std::ifstream file(level / "cpu.max");
    if (!(file >> quota >> period)) return std::nullopt;
  } else {
    quota = number_in<double>(level / "cpu.cfs_quota_us").value_or(0);
    period = number_in<double>(level / "cpu.cfs_period_us").value_or(0);
  }
  return quota > 0 && period > 0 ? std::optional(quota / period) : std::nullopt;
}

template <class Number>
void tighten(std::optional<Number>& bound, const std::optional<Number>& other) {
  if (other && (!bound || *other < *bound)) bound = other;
}

}  // namespace

ControlGroups::ControlGroups(const fs::path& root) : root_(root) {
  for (const Hierarchy& each : hierarchies_of("cpu"))
    for (const fs::path& level : each.levels)
      if (quota_of(level, each.unified)) cpu_stats_.push_back(level / "cpu.stat");
}

std::vector<ControlGroups::Hierarchy> ControlGroups::hierarchies_of(std::string_view controller) const {
  std::vector<Hierarchy> found;
  const auto mounts = read_mounts(root_);
  std::ifstream file(root_ / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    // <number>:<controllers>:<group>; of version 2 without controllers. A group's name may hold colons.
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = split(line.substr(first + 1, second - first - 1), ',');
    const bool unified = controllers.empty();
    if (!unified && !contains(controllers, controller)) continue;
    const auto mount = std::ranges::find_if(mounts, [&](const Mount& each) {
      return each.unified == unified && (unified || contains(each.controllers, controller));
    });
    if (mount != mounts.end())
      found.push_back({.unified = unified, .levels = levels_of(*mount, line.substr(second + 1))});
  }
  return found;
}

std::optional<std::int64_t> ControlGroups::most_threads() const {
  std::optional<std::int64_t> most;
  for (const Hierarchy& each : hierarchies_of("pids"))
    for (const fs::path& level : each.levels) tighten(most, number_in<std::int64_t>(level / "pids.max"));
  return most;
}

std::optional<std::int64_t> ControlGroups::memory_bytes() const {
  // Version 1 writes no "max" but the largest multiple of a page that it can count.
  constexpr std::int64_t no_bound = std::int64_t{1} << 60;
  std::optional<std::int64_t> most;
  for (const Hierarchy& each : hierarchies_of("memory"))
    for (const fs::path& level : each.levels)
      tighten(most, number_in<std::int64_t>(level / (each.unified ? "memory.max" : "memory.limit_in_bytes")));
  return most && *most < no_bound ? most : std::nullopt;
}

std::optional<double> ControlGroups::cpus() const {
  std::optional<double> least;
  for (const Hierarchy& each : hierarchies_of("cpu"))
    for (const fs::path& level : each.levels) tighten(least, quota_of(level, each.unified));
  return least;
}

std::optional<fs::path> ControlGroups::own_group(std::string_view controller) const {
  std::optional<fs::path> own;
  for (const Hierarchy& each : hierarchies_of(controller))
    // What version 1 has, version 2 has not.
    if (!own || !each.unified) own = each.levels.front();
  return own;
}

std::optional<fs::path> ControlGroups::first_group(std::string_view controller) const {
  for (const Mount& mount : read_mounts(root_))
    // The kernel gives this file to the first group alone, whatever a namespace calls its own.
    if (!mount.unified && contains(mount.controllers, controller) &&
        fs::exists(mount.folder / "release_agent"))
      return mount.folder;
  return std::nullopt;
}

Throttling ControlGroups::throttling() const {
  Throttling sum;
  for (const fs::path& stat : cpu_stats_) {
    sum.periods += number_after(stat, "nr_throttled").value_or(0);
    // In microseconds by version 2, in nanoseconds by version 1.
    if (const auto us = number_after(stat, "throttled_usec")) sum.ns += 1000 * *us;
    sum.ns += number_after(stat, "throttled_time").value_or(0);
  }
  return sum;
}

const ControlGroups& control_groups() {
  static const ControlGroups groups;
  return groups;
}

}  // namespace bookstore::backend
