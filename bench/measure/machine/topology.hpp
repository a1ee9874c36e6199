// Where the CPUs lie in the machine, and which of them a row on fewer than all of them takes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bookstore::measure {

// One CPU (a hardware thread). CPUs of equal `package` lie in one socket, of equal `cache` share their last
// cache, of equal `core` share a physical core, in which `thread` numbers them from 0. The numbers grow in an
// order in which near ones are neighbours.
struct CpuPlace {
  int cpu;  // the system's number
  int package = 0;
  int cache = 0;
  int core = 0;
  int thread = 0;
};

// Of the machine, by hwloc, or by sysfs in a build without it or where it fails. Empty if neither tells.
std::vector<CpuPlace> machine_topology();

// The same by <root>/sys/devices/system/cpu, which is another than "/" in tests only.
std::vector<CpuPlace> topology_by_sysfs(const std::filesystem::path& root = "/");

// The allowed CPUs in the order in which a sweep takes them: one of each physical core first, then their
// other hardware threads; among these near ones before far ones. A CPU that the topology does not know counts
// as a core of its own, after the others.
std::vector<int> sweep_order(const std::vector<CpuPlace>& topology, const std::vector<int>& allowed);

// `count` of the allowed CPUs, in the order of a sweep. With rotation 0 its first ones; each further rotation
// takes others that lie as near to each other, as far as there are any, and begins again after the last.
// Precondition: 1 <= count <= allowed.size(), rotation >= 0.
std::vector<int> choose_cpus(const std::vector<CpuPlace>& topology, const std::vector<int>& allowed,
                             int count, int rotation);

}  // namespace bookstore::measure
