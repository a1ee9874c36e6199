#include "bench/backends/openmp.hpp"

#include <string>

#include "bench/seam/limits.hpp"

namespace bookstore::backend {

OpenMp::OpenMp(int workers, Load load) : workers_(workers) {
  require_threads(traits, workers);
  const int team = workers + (load == Load::open ? 1 : 0);
  omp_set_dynamic(0);
  int members = 0;
#pragma omp parallel num_threads(team) default(none) shared(members)
#pragma omp single
  members = omp_get_num_threads();
  if (members != team)
    throw LimitReached("openmp: " + std::to_string(workers) + " workers, but a team has at most " +
                       std::to_string(members) + " (OMP_THREAD_LIMIT)");
}

}  // namespace bookstore::backend
