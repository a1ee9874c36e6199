// Where workers stand: each on a CPU of its own, or wherever the system puts it.
#pragma once

#include <sched.h>

#include "bench/seam/team.hpp"
#include "bench/seam/traits.hpp"

namespace bookstore::backend {

// CPUs that the calling thread may use.
int usable_cpus();

// Whether each worker of the team is to have a CPU of its own: as the team says, else as the backend usually
// does while there are as many. Throws std::invalid_argument when it is asked for and there are fewer.
bool wants_pins(const BackendTraits& traits, const Team& team);

// While it lives, the thread that made it keeps to one CPU of its mask: worker i to the i-th. To be destroyed
// by the same thread, which then has its mask back. Throws std::system_error.
class PinnedHere {
 public:
  explicit PinnedHere(int worker);
  ~PinnedHere();
  PinnedHere(const PinnedHere&) = delete;
  PinnedHere& operator=(const PinnedHere&) = delete;

 private:
  cpu_set_t before_;
};

}  // namespace bookstore::backend
