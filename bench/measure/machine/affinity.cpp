#include "bench/measure/machine/affinity.hpp"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <set>
#include <stdexcept>
#include <system_error>

#include "bench/measure/machine/topology.hpp"

namespace bookstore::measure {

namespace {

constexpr int max_cpus = 1 << 14;

struct FreeCpuSet {
  void operator()(cpu_set_t* set) const { CPU_FREE(set); }
};
using CpuSet = std::unique_ptr<cpu_set_t, FreeCpuSet>;

const std::size_t set_bytes = CPU_ALLOC_SIZE(max_cpus);

std::vector<int> cpus_of_thread(pid_t thread) {
  const CpuSet set(CPU_ALLOC(max_cpus));
  CPU_ZERO_S(set_bytes, set.get());
  if (sched_getaffinity(thread, set_bytes, set.get()) != 0)
    throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
  std::vector<int> cpus;
  for (int cpu = 0; cpu < max_cpus; ++cpu)
    if (CPU_ISSET_S(static_cast<std::size_t>(cpu), set_bytes, set.get())) cpus.push_back(cpu);
  return cpus;
}

// False with errno set where the system refuses. Thread 0 is the calling one.
bool try_mask(pid_t thread, const std::vector<int>& cpus) {
  const CpuSet set(CPU_ALLOC(max_cpus));
  CPU_ZERO_S(set_bytes, set.get());
  for (const int cpu : cpus) CPU_SET_S(static_cast<std::size_t>(cpu), set_bytes, set.get());
  return sched_setaffinity(thread, set_bytes, set.get()) == 0;
}

}  // namespace

std::vector<int> allowed_cpus() { return cpus_of_thread(0); }

std::vector<int> preferred_cpus() { return sweep_order(machine_topology(), allowed_cpus()); }

int usable_cores() { return static_cast<int>(allowed_cpus().size()); }

void set_mask(const std::vector<int>& cpus) {
  if (!try_mask(0, cpus)) throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
}

std::vector<int> thread_ids() {
  std::vector<int> threads;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    threads.push_back(std::stoi(entry.path().filename()));
  std::ranges::sort(threads);
  return threads;
}

PinnedThreads::PinnedThreads(const std::map<int, int>& cpu_by_thread) {
  for (const auto& [thread, cpu] : cpu_by_thread) {
    if (try_mask(thread, {cpu}) || errno == ESRCH) continue;
    const int error = errno;
    free_all();
    throw std::system_error(error, std::generic_category(), "sched_setaffinity");
  }
}

PinnedThreads::~PinnedThreads() { free_all(); }

void PinnedThreads::free_all() const {
  for (const int thread : thread_ids()) try_mask(thread, mask_before_);
}

int common_mask_size() {
  const std::vector<int> own = allowed_cpus();
  for (const int thread : thread_ids()) {
    try {
      if (cpus_of_thread(thread) == own) continue;
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
  for (const int thread : thread_ids()) {
    try {
      for (const int cpu : cpus_of_thread(thread)) joint.insert(cpu);
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
