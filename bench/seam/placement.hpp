// Where threads may run, and where workers stand: each on a CPU of its own, or wherever the system puts it.
#pragma once

#include <sys/types.h>

#include <vector>

#include "bench/seam/team.hpp"
#include "bench/seam/traits.hpp"

namespace bookstore::backend {

// The CPUs that a thread may use, by its system id (0: the calling one), ascending. Throws std::system_error.
std::vector<int> cpus_of(pid_t thread);
// Restricts a thread to these CPUs. False, with errno set, where the system refuses.
bool restrict_to(pid_t thread, const std::vector<int>& cpus);

// The threads of this process, by their system ids, ascending, without those that are ending: a thread that
// was joined stays listed, with the mask that it had, until the kernel has put it away. Throws
// std::filesystem::filesystem_error without /proc, and std::runtime_error where threads come and go so fast
// that no listing of them can be known to be whole.
std::vector<int> thread_ids();

// Lets every thread of the process use these CPUs. For runtimes that keep their threads: one that a pinned
// thread started has its one CPU, and nobody knows of it. A thread that ends meanwhile is passed over.
void free_all_threads(const std::vector<int>& cpus);

// Whether each worker of the team is to have a CPU of its own: as the team says, else as the backend usually
// does while there are as many. Throws std::invalid_argument when it is asked for and there are fewer.
bool wants_pins(const BackendTraits& traits, const Team& team);

// While it lives, the thread that made it keeps to one of these CPUs: worker i to the i-th. To be destroyed
// by the same thread, which may then use all of them. Its own mask would not do: a thread that a pinned one
// starts has but one CPU. Throws std::system_error.
class PinnedHere {
 public:
  PinnedHere(int worker, const std::vector<int>& cpus);
  ~PinnedHere();
  PinnedHere(const PinnedHere&) = delete;
  PinnedHere& operator=(const PinnedHere&) = delete;

 private:
  std::vector<int> cpus_;
};

}  // namespace bookstore::backend
