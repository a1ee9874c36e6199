#include "bench/seam/placement.hpp"

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace bookstore::backend {

// Machines of more than 1,024 CPUs need a larger set than cpu_set_t; the suite's masks have none such.
cpu_set_t mask_here() {
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof mask, &mask) != 0)
    throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
  return mask;
}

int usable_cpus() {
  const cpu_set_t mask = mask_here();
  return CPU_COUNT(&mask);
}

bool wants_pins(const BackendTraits& traits, const Team& team) {
  const bool enough = team.workers <= usable_cpus();
  if (!team.pinned) return traits.pins && enough;
  if (*team.pinned && !enough)
    throw std::invalid_argument("pinned:1 gives each worker a CPU; workers is " +
                                std::to_string(team.workers) + ", cores is " + std::to_string(usable_cpus()));
  return *team.pinned;
}

PinnedHere::PinnedHere(int worker, const cpu_set_t& cpus) : cpus_(cpus) {
  int left = worker;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &cpus_) || left-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
      throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
    return;
  }
  throw std::system_error(EINVAL, std::generic_category(), "fewer CPUs than workers");
}

void free_all_threads(const cpu_set_t& cpus) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    sched_setaffinity(std::stoi(entry.path().filename()), sizeof cpus, &cpus);
}

PinnedHere::~PinnedHere() { sched_setaffinity(0, sizeof cpus_, &cpus_); }

}  // namespace bookstore::backend
