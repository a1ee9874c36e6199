#include "bench/measure/machine/topology.hpp"

#ifdef BOOKSTORE_HAVE_HWLOC
#  include <hwloc.h>

#  include <memory>
#endif

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>

#include "bench/seam/number_in.hpp"

namespace bookstore::measure {

namespace {

namespace fs = std::filesystem;

using Places = std::vector<CpuPlace>;

// The allowed ones in the order of a sweep. Hardware threads are numbered among the allowed ones of a core.
Places ordered(const Places& topology, const std::vector<int>& allowed) {
  constexpr int elsewhere = 1 << 30;
  Places places;
  for (const int cpu : allowed) {
    const auto known = std::ranges::find(topology, cpu, &CpuPlace::cpu);
    places.push_back(known != topology.end() ? *known
                                             : CpuPlace{cpu, elsewhere, elsewhere, elsewhere + cpu, 0});
  }
  std::ranges::sort(places, {}, [](const CpuPlace& each) {
    return std::tuple(each.package, each.cache, each.core, each.thread, each.cpu);
  });
  for (std::size_t i = 1; i < places.size(); ++i)
    places[i].thread = places[i].core == places[i - 1].core ? places[i - 1].thread + 1 : 0;
  if (!places.empty()) places.front().thread = 0;
  std::ranges::stable_sort(places, {}, &CpuPlace::thread);
  return places;
}

// How far apart they lie: over how many sockets, over how many caches.
std::pair<std::size_t, std::size_t> spread(std::span<const CpuPlace> places) {
  std::set<int> packages, caches;
  for (const CpuPlace& each : places) {
    packages.insert(each.package);
    caches.insert(each.cache);
  }
  return {packages.size(), caches.size()};
}

// Where the runs of `count` neighbours begin that lie as near to each other as any. They overlap only where a
// last one is wanted that reaches the end.
std::vector<std::size_t> nearest_runs(std::span<const CpuPlace> places, std::size_t count) {
  const std::size_t last = places.size() - count;
  auto least = spread(places.first(count));
  for (std::size_t begin = 1; begin <= last; ++begin)
    least = std::min(least, spread(places.subspan(begin, count)));
  std::vector<std::size_t> near;
  for (std::size_t begin = 0; begin <= last; ++begin)
    if (spread(places.subspan(begin, count)) == least) near.push_back(begin);
  std::vector<std::size_t> runs{near.front()};
  for (const std::size_t begin : near)
    if (begin >= runs.back() + count) runs.push_back(begin);
  if (runs.back() != near.back()) runs.push_back(near.back());
  return runs;
}

int number_in(const fs::path& path, int otherwise) {
  return backend::number_in<int>(path).value_or(otherwise);
}

// The number of the last cache's first CPU: the same for all that share it. -1: none is told of.
int last_cache_of(const fs::path& cpu) {
  int level = 0;
  int first = -1;
  std::error_code ignored;
  for (const auto& index : fs::directory_iterator(cpu / "cache", ignored)) {
    const int here = number_in(index.path() / "level", 0);
    if (here <= level) continue;
    level = here;
    first = number_in(index.path() / "shared_cpu_list", -1);
  }
  return first;
}

#ifdef BOOKSTORE_HAVE_HWLOC
// The logical index of the object of that type around another one; -1: there is none. Of objects of one type
// hwloc numbers near ones one after the other.
int around(hwloc_topology_t topology, hwloc_obj_t object, hwloc_obj_type_t type) {
  const hwloc_obj_t found = hwloc_get_ancestor_obj_by_type(topology, type, object);
  return found == nullptr ? -1 : static_cast<int>(found->logical_index);
}

int last_cache_around(hwloc_topology_t topology, hwloc_obj_t object) {
  for (const hwloc_obj_type_t type : {HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L2CACHE})
    if (const int cache = around(topology, object, type); cache >= 0) return cache;
  return -1;
}

Places topology_by_hwloc() {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) return {};
  const std::unique_ptr<hwloc_topology, decltype(&hwloc_topology_destroy)> topology(raw,
                                                                                    hwloc_topology_destroy);
  if (hwloc_topology_load(topology.get()) != 0) return {};
  Places places;
  const int cpus = hwloc_get_nbobjs_by_type(topology.get(), HWLOC_OBJ_PU);
  for (int i = 0; i < cpus; ++i) {
    const hwloc_obj_t cpu = hwloc_get_obj_by_type(topology.get(), HWLOC_OBJ_PU, static_cast<unsigned>(i));
    const int core = around(topology.get(), cpu, HWLOC_OBJ_CORE);
    places.push_back({.cpu = static_cast<int>(cpu->os_index),
                      .package = around(topology.get(), cpu, HWLOC_OBJ_PACKAGE),
                      .cache = last_cache_around(topology.get(), cpu),
                      // Without an object of its own a CPU is a core: hwloc leaves out what it cannot tell.
                      .core = core >= 0 ? core : cpus + i,
                      .thread = static_cast<int>(cpu->sibling_rank)});
  }
  return places;
}
#endif

}  // namespace

std::vector<CpuPlace> machine_topology() {
#ifdef BOOKSTORE_HAVE_HWLOC
  if (auto places = topology_by_hwloc(); !places.empty()) return places;
#endif
  return topology_by_sysfs();
}

std::vector<CpuPlace> topology_by_sysfs(const fs::path& root) {
  Places places;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root / "sys/devices/system/cpu", ignored)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("cpu") || name.size() == 3 ||
        name.find_first_not_of("0123456789", 3) != std::string::npos)
      continue;
    // A CPU that is offline has no topology.
    const fs::path topology = entry.path() / "topology";
    if (!fs::exists(topology)) continue;
    const int cpu = std::stoi(name.substr(3));
    // The first of the core's CPUs: core_id is not the same on all kernels, and unique in a socket only.
    const int core =
        number_in(topology / "core_cpus_list", number_in(topology / "thread_siblings_list", cpu));
    places.push_back({.cpu = cpu,
                      .package = number_in(topology / "physical_package_id", 0),
                      .cache = last_cache_of(entry.path()),
                      .core = core,
                      .thread = 0});
  }
  std::ranges::sort(places, {}, &CpuPlace::cpu);
  std::map<int, int> threads;
  for (CpuPlace& each : places) each.thread = threads[each.core]++;
  return places;
}

std::vector<int> sweep_order(const std::vector<CpuPlace>& topology, const std::vector<int>& allowed) {
  std::vector<int> cpus;
  for (const CpuPlace& each : ordered(topology, allowed)) cpus.push_back(each.cpu);
  return cpus;
}

std::vector<int> choose_cpus(const std::vector<CpuPlace>& topology, const std::vector<int>& allowed,
                             int count, int rotation) {
  const Places places = ordered(topology, allowed);
  std::vector<int> cpus;
  auto left = static_cast<std::size_t>(count);
  // Whole tiers first: a thread of every core, then a second one of every core that has it.
  for (auto tier = places.begin(); left > 0;) {
    const auto end =
        std::find_if(tier, places.end(), [&](const CpuPlace& each) { return each.thread != tier->thread; });
    const std::span<const CpuPlace> here(tier, end);
    const std::size_t wanted = std::min(left, here.size());
    const auto runs = nearest_runs(here, wanted);
    const std::size_t begin = runs[static_cast<std::size_t>(rotation) % runs.size()];
    for (const CpuPlace& each : here.subspan(begin, wanted)) cpus.push_back(each.cpu);
    left -= wanted;
    tier = end;
  }
  return cpus;
}

}  // namespace bookstore::measure
