// Which CPUs the threads of this process may use.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace bookstore::measure {

// The CPUs of the calling thread's affinity mask, ascending.
std::vector<int> allowed_cpus();

// The same CPUs in the order in which a sweep takes them: one of each physical core first, then their other
// hardware threads; near ones before far ones (sweep_order of the machine's topology).
std::vector<int> preferred_cpus();

// How many CPUs those are. A control group's CPU quota does not lessen them: it takes time from all of them,
// and a row that it met is marked.
int usable_cores();

// Restricts the calling thread (and what it starts) to these CPUs. Throws std::system_error.
void set_mask(const std::vector<int>& cpus);

// While it lives, each of these threads (system ids) stays on one CPU. At its end every thread of the process
// has the mask that the calling thread had, also those that a pinned one has started meanwhile. A thread that
// has ended is passed over. Throws std::system_error, and then nothing is pinned.
class PinnedThreads {
 public:
  explicit PinnedThreads(const std::map<int, int>& cpu_by_thread);
  ~PinnedThreads();
  PinnedThreads(const PinnedThreads&) = delete;
  PinnedThreads& operator=(const PinnedThreads&) = delete;

 private:
  void free_all() const;

  std::vector<int> mask_before_ = allowed_cpus();
};

// The number of CPUs in the mask of every thread of this process. Throws std::runtime_error when two threads
// differ.
int common_mask_size();

// The number of CPUs that the threads of this process may use together, where each has its own.
int joint_mask_size();

// "0-1,4"
std::string cpu_list(const std::vector<int>& cpus);

}  // namespace bookstore::measure
