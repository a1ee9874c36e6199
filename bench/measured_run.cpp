#include "bench/measured_run.hpp"

namespace bookstore {

RunFigures measure_row(const Row& row, bool memory, std::optional<std::uint64_t> known) {
  RunFigures figures;
  with_backend_and_locks(
      row, [&]<class Backend, class Locks>() { figures = measure_run<Backend, Locks>(row, memory, known); });
  return figures;
}

}  // namespace bookstore
