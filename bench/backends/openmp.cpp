#include "bench/backends/openmp.hpp"

#include <optional>
#include <string>

#include "bench/seam/limits.hpp"
#include "bench/seam/placement.hpp"

namespace bookstore::backend {

OpenMp::OpenMp(const Team& asked, Load load)
    : workers_(asked.workers), first_worker_(load == Load::open ? 1 : 0), pinned_(wants_pins(traits, asked)) {
  require_threads(traits, workers_);
  const int team = workers_ + first_worker_;
  omp_set_dynamic(0);
  int members = 0;
#pragma omp parallel num_threads(team) default(none) shared(members)
#pragma omp single
  members = omp_get_num_threads();
  if (members != team)
    throw LimitReached("openmp: " + std::to_string(workers_) + " workers, but a team has at most " +
                       std::to_string(members) + " (OMP_THREAD_LIMIT)");
  if (pinned_) place(true);
}

OpenMp::~OpenMp() {
  if (pinned_) place(false);
}

// The runtime keeps its threads for the next team: whoever is pinned must be freed again.
void OpenMp::place(bool pinned) const {
  static thread_local std::optional<PinnedHere> own_place;
  const int team = workers_ + first_worker_;
  const int first = first_worker_;
  const cpu_set_t cpus = mask_here();
#pragma omp parallel num_threads(team) default(none) firstprivate(pinned, first, cpus)
  {
    const int worker = omp_get_thread_num() - first;
    if (!pinned)
      own_place.reset();
    else if (worker >= 0)
      own_place.emplace(worker, cpus);
  }
}

}  // namespace bookstore::backend
