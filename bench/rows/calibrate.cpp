#include "bench/rows/calibrate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bench/measure/probes/cost.hpp"
#include "workloads/grain.hpp"

namespace bookstore {

double links_per_ns() {
  static const double rate = [] {
    constexpr std::uint32_t links = 100'000;  // about 0.1 ms
    constexpr int passes = 50;
    double best_ns = std::numeric_limits<double>::infinity();
    std::uint64_t value = 0;
    for (int pass = 0; pass < passes; ++pass) {
      const std::int64_t before = measure::thread_cpu_ns();
      value = workload::do_links(value, links);
      best_ns = std::min(best_ns, static_cast<double>(measure::thread_cpu_ns() - before));
    }
    workload::keep(value);
    return links / best_ns;
  }();
  return rate;
}

std::uint32_t links_for(double work_ns) {
  if (work_ns == 0) return 0;
  return static_cast<std::uint32_t>(std::max(1.0, std::round(work_ns * links_per_ns())));
}

}  // namespace bookstore
