#include "bench/backends/openmp.hpp"

#include <optional>
#include <string>
#include <vector>

#include "bench/backends/loaded_library.hpp"
#include "bench/seam/limits.hpp"
#include "bench/seam/placement.hpp"

namespace bookstore::backend {

namespace {

// libomp has libgomp's entries too, for code that g++ compiled; libgomp has none of libomp's.
bool served_by_libomp() {
  const std::string serving = library_of("omp_get_num_threads");
  if (!serving.empty()) return serving == library_of("__kmpc_fork_call");
#ifdef __clang__
  return true;  // linked into the binary, which clang does with no other
#else
  return false;
#endif
}

// A function's own: clang would let a region that names a thread_local of the function around it share the
// caller's.
std::optional<PinnedHere>& own_place() {
  thread_local std::optional<PinnedHere> place;
  return place;
}

LimitReached too_small(int workers, int most) {
  return LimitReached("openmp: " + std::to_string(workers) + " workers, but a team has at most " +
                      std::to_string(most) + " (OMP_THREAD_LIMIT)");
}

}  // namespace

detail::DoorBound detail::DoorBound::of_team(int members) {
  static const bool libomp = served_by_libomp();
  // libomp puts a task on its creator's deque, which holds 256.
  if (libomp) return {.tasks = 256, .of = Tasks::queued};
  // libgomp counts 64 a member. One a member is left for tasks that are finished and still being taken off
  // the books.
  return {.tasks = 63 * members, .of = Tasks::unfinished};
}

OpenMp::OpenMp(const Team& asked, Load load)
    : workers_(asked.workers),
      first_worker_(load == Load::open ? 1 : 0),
      pinned_(wants_pins(traits, asked)),
      static_split_(asked.static_split) {
  require_threads(traits, workers_);
  require_wishes(traits, asked);
  const int team = workers_ + first_worker_;
  omp_set_dynamic(0);
  // A smaller team than asked for would do, but libomp says more about it than one line.
  if (team > omp_get_thread_limit()) throw too_small(workers_, omp_get_thread_limit());
  int members = 0;
#pragma omp parallel num_threads(team) default(none) shared(members)
#pragma omp single
  members = omp_get_num_threads();
  if (members != team) throw too_small(workers_, members);
  if (pinned_) place(true);
}

OpenMp::~OpenMp() {
  if (pinned_) place(false);
}

// The runtime keeps its threads for the next team: whoever is pinned must be freed again.
void OpenMp::place(bool pinned) const {
  const int team = workers_ + first_worker_;
  const int first = first_worker_;
  const std::vector<int> cpus = cpus_of(0);
  const auto* const all = &cpus;
#pragma omp parallel num_threads(team) default(none) firstprivate(pinned, first, all)
  {
    const int worker = omp_get_thread_num() - first;
    if (!pinned)
      own_place().reset();
    else if (worker >= 0)
      own_place().emplace(worker, *all);
  }
}

std::string OpenMp::runtime() {
  const std::string file = library_of("omp_get_num_threads");
  return std::string(served_by_libomp() ? "libomp" : "libgomp") + (file.empty() ? "" : " " + file);
}

}  // namespace bookstore::backend
