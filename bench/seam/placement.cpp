#include "bench/seam/placement.hpp"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace bookstore::backend {

namespace {

// cpu_set_t holds 1,024, and the system refuses a set that is smaller than its own.
constexpr int max_cpus = 1 << 14;

struct FreeCpuSet {
  void operator()(cpu_set_t* set) const { CPU_FREE(set); }
};
using CpuSet = std::unique_ptr<cpu_set_t, FreeCpuSet>;

const std::size_t set_bytes = CPU_ALLOC_SIZE(max_cpus);

CpuSet empty_set() {
  CpuSet set(CPU_ALLOC(max_cpus));
  CPU_ZERO_S(set_bytes, set.get());
  return set;
}

// Whether a thread, by its folder under /proc, has left the program's code for good. proc_pid_stat(5): after
// the name, which may hold anything, the flags are the seventh field; PF_EXITING is bit 2 of them.
bool is_ending(const std::filesystem::path& thread) {
  constexpr unsigned exiting = 0x4;
  std::ifstream file(thread / "stat");
  std::string line;
  if (!std::getline(file, line)) return true;  // it has ended since it was listed
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return false;
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  for (int field = 0; field < 6; ++field) fields >> skipped;
  unsigned flags = 0;
  return fields >> flags && (flags & exiting) != 0;
}

}  // namespace

std::vector<int> cpus_of(pid_t thread) {
  const CpuSet set = empty_set();
  if (sched_getaffinity(thread, set_bytes, set.get()) != 0)
    throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
  std::vector<int> cpus;
  for (int cpu = 0; cpu < max_cpus; ++cpu)
    if (CPU_ISSET_S(static_cast<std::size_t>(cpu), set_bytes, set.get())) cpus.push_back(cpu);
  return cpus;
}

bool restrict_to(pid_t thread, const std::vector<int>& cpus) {
  const CpuSet set = empty_set();
  for (const int cpu : cpus) CPU_SET_S(static_cast<std::size_t>(cpu), set_bytes, set.get());
  return sched_setaffinity(thread, set_bytes, set.get()) == 0;
}

std::vector<int> thread_ids() {
  std::vector<int> threads;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    if (!is_ending(entry.path())) threads.push_back(std::stoi(entry.path().filename()));
  std::ranges::sort(threads);
  return threads;
}

void free_all_threads(const std::vector<int>& cpus) {
  for (const int thread : thread_ids()) restrict_to(thread, cpus);
}

bool wants_pins(const BackendTraits& traits, const Team& team) {
  const auto usable = static_cast<int>(cpus_of(0).size());
  const bool enough = team.workers <= usable;
  if (!team.pinned) return traits.pins && enough;
  if (*team.pinned && !enough)
    throw std::invalid_argument("pinned:1 gives each worker a CPU; workers is " +
                                std::to_string(team.workers) + ", cores is " + std::to_string(usable));
  return *team.pinned;
}

PinnedHere::PinnedHere(int worker, const std::vector<int>& cpus) : cpus_(cpus) {
  if (worker >= static_cast<int>(cpus.size()))
    throw std::system_error(EINVAL, std::generic_category(), "fewer CPUs than workers");
  if (!restrict_to(0, {cpus[static_cast<std::size_t>(worker)]}))
    throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
}

PinnedHere::~PinnedHere() { restrict_to(0, cpus_); }

}  // namespace bookstore::backend
