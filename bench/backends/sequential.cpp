#include "bench/backends/sequential.hpp"

#include "bench/seam/limits.hpp"

namespace bookstore::backend {

Sequential::Sequential(const Team& team, Load) { require_single_worker(traits, team); }

}  // namespace bookstore::backend
