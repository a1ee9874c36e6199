#include "bench/measured_run.hpp"

namespace bookstore {

RunFigures measure_row(const Row& row, bool memory, std::optional<std::uint64_t> known) {
  RunFigures figures;
  with_backend_and_locks(
      row, [&]<class Backend, class Locks>() { figures = measure_run<Backend, Locks>(row, memory, known); });
  return figures;
}

bool too_short(const RunFigures& figures, Wait longest_wait) {
  constexpr std::int64_t shortest_ns = 100'000'000;
  constexpr std::int64_t longest_waits = 20;
  return figures.run_ns < shortest_ns || figures.run_ns < longest_waits * longest_wait;
}

}  // namespace bookstore
