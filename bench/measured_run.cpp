#include "bench/measured_run.hpp"

namespace bookstore {

RunFigures measure_row(const Row& row, bool memory) {
  RunFigures figures;
  backend::with_backend(row.backend, [&]<class Backend>() {
    if constexpr (Backend::traits.single_threaded) {
      if (!row.locks) {
        figures = measure_run<Backend, workload::NoLocks>(row, memory);
        return;
      }
    }
    figures = measure_run<Backend, workload::ShelfLocks>(row, memory);
  });
  return figures;
}

}  // namespace bookstore
