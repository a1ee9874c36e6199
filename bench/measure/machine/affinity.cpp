#include "bench/measure/machine/affinity.hpp"

#include <cerrno>
#include <set>
#include <stdexcept>
#include <system_error>

#include "bench/measure/machine/topology.hpp"
#include "bench/seam/placement.hpp"

namespace bookstore::measure {

std::vector<int> allowed_cpus() { return backend::cpus_of(0); }

std::vector<int> preferred_cpus() { return sweep_order(machine_topology(), allowed_cpus()); }

int usable_cores() { return static_cast<int>(allowed_cpus().size()); }

void set_mask(const std::vector<int>& cpus) {
  if (!backend::restrict_to(0, cpus))
    throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
}

PinnedThreads::PinnedThreads(const std::map<int, int>& cpu_by_thread) {
  for (const auto& [thread, cpu] : cpu_by_thread) {
    if (backend::restrict_to(thread, {cpu}) || errno == ESRCH) continue;
    const int error = errno;
    free_all();
    throw std::system_error(error, std::generic_category(), "sched_setaffinity");
  }
}

PinnedThreads::~PinnedThreads() { free_all(); }

void PinnedThreads::free_all() const { backend::free_all_threads(mask_before_); }

int common_mask_size() {
  const std::vector<int> own = allowed_cpus();
  for (const int thread : backend::thread_ids()) {
    try {
      if (backend::cpus_of(thread) == own) continue;
    } catch (const std::system_error& error) {
      // A thread of an earlier pool may end between being listed and being asked.
      if (error.code().value() == ESRCH) continue;
      throw;
    }
    throw std::runtime_error("thread " + std::to_string(thread) +
                             " has another affinity mask than the main thread");
  }
  return static_cast<int>(own.size());
}

int joint_mask_size() {
  std::set<int> joint;
  for (const int thread : backend::thread_ids()) {
    try {
      for (const int cpu : backend::cpus_of(thread)) joint.insert(cpu);
    } catch (const std::system_error& error) {
      if (error.code().value() != ESRCH) throw;  // as above
    }
  }
  return static_cast<int>(joint.size());
}

std::string cpu_list(const std::vector<int>& cpus) {
  std::string text;
  for (std::size_t i = 0; i < cpus.size();) {
    std::size_t last = i;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    text += (text.empty() ? "" : ",") + std::to_string(cpus[i]);
    if (last > i) text += "-" + std::to_string(cpus[last]);
    i = last + 1;
  }
  return text;
}

}  // namespace bookstore::measure
