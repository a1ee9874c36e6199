#include "bench/backends/sequential.hpp"

#include "bench/seam/limits.hpp"

namespace bookstore::backend {

Sequential::Sequential(int workers, Load) { require_single_worker(traits, workers); }

}  // namespace bookstore::backend
