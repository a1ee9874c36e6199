#include "bench/backends/tbb.hpp"

#include "bench/seam/limits.hpp"

namespace bookstore::backend {

namespace {

std::size_t parallelism(int workers) {
  require_threads(Tbb::traits, workers);
  return static_cast<std::size_t>(workers) + 1;
}

}  // namespace

Tbb::Tbb(int workers, Load load)
    : workers_(workers),
      control_(oneapi::tbb::global_control::max_allowed_parallelism, parallelism(workers)),
      arena_(workers + (load == Load::open ? 1 : 0), 1) {
  arena_.initialize();
}

}  // namespace bookstore::backend
