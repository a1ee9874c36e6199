// Which CPUs the process may use, and how a process is put under a smaller mask before its runtimes start.
#pragma once

#include <string>
#include <vector>

namespace bookstore::measure {

// The CPUs of the calling thread's affinity mask, ascending.
std::vector<int> allowed_cpus();

// The same CPUs in the order in which a sweep takes them: one of each physical core first, then their
// hardware threads. Source: hwloc's topology.
std::vector<int> preferred_cpus();

// The CPUs that the control group's quota pays for, rounded down, at least 1; a very large number without a
// quota.
int cgroup_cpu_quota();

// What the machine offers: allowed CPUs, at most the quota.
int usable_cores();

// Restricts the calling thread (and what it starts) to these CPUs. Throws std::system_error.
void set_mask(const std::vector<int>& cpus);

// The threads of this process, by their system ids, ascending.
std::vector<int> thread_ids();

// While it lives, each of these threads stays on one of the CPUs, in turn. Then each is given back the mask
// that the calling thread had; one that has ended is passed over. Throws std::system_error.
class PinnedThreads {
 public:
  PinnedThreads(std::vector<int> threads, const std::vector<int>& cpus);
  ~PinnedThreads();
  PinnedThreads(const PinnedThreads&) = delete;
  PinnedThreads& operator=(const PinnedThreads&) = delete;

 private:
  std::vector<int> threads_;
  std::vector<int> mask_before_ = allowed_cpus();
};

// The number of CPUs in the mask of every thread of this process. Throws std::runtime_error when two threads
// differ.
int common_mask_size();

// "0-1,4"
std::string cpu_list(const std::vector<int>& cpus);

}  // namespace bookstore::measure
