#include "bench/measure/statistics/hgrm.hpp"

#include <cmath>
#include <cstddef>
#include <iomanip>
#include <ostream>
#include <stdexcept>

#include "bench/measure/statistics/percentiles.hpp"

namespace bookstore::measure {

namespace {

constexpr int steps_per_halving = 5;

double microseconds(std::int64_t ns) { return static_cast<double>(ns) / 1000; }

void write_line(std::ostream& out, std::int64_t value_ns, double p, std::size_t count) {
  out << std::fixed << std::setw(12) << std::setprecision(3) << microseconds(value_ns) << ' '
      << std::setprecision(12) << p << ' ' << std::setw(10) << count;
  if (p < 1) out << ' ' << std::setw(14) << std::setprecision(2) << 1 / (1 - p);
  out << '\n';
}

}  // namespace

void write_hgrm(std::ostream& out, std::span<const std::int64_t> ascending_ns) {
  if (ascending_ns.empty()) throw std::invalid_argument("a percentile text needs at least one sample");
  const std::size_t n = ascending_ns.size();
  out << "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
  double p = 0;
  double distance = 1;
  for (int step = 0;; ++step) {
    const std::size_t rank = p <= 0 ? 1 : nearest_rank(p, n);
    if (rank >= n) break;
    write_line(out, ascending_ns[rank - 1], p, rank);
    if (step > 0 && step % steps_per_halving == 0) distance /= 2;
    p += distance / 2 / steps_per_halving;
  }
  write_line(out, ascending_ns.back(), 1, n);
  double mean = 0;
  for (const std::int64_t value : ascending_ns) mean += microseconds(value) / static_cast<double>(n);
  double variance = 0;
  for (const std::int64_t value : ascending_ns)
    variance += (microseconds(value) - mean) * (microseconds(value) - mean) / static_cast<double>(n);
  out << std::setprecision(3) << "#[Mean    = " << std::setw(12) << mean
      << ", StdDeviation   = " << std::setw(12) << std::sqrt(variance) << "]\n#[Max     = " << std::setw(12)
      << microseconds(ascending_ns.back()) << ", Total count    = " << std::setw(12) << n
      << "]\n#[Buckets = " << std::setw(12) << 0 << ", SubBuckets     = " << std::setw(12) << 0 << "]\n";
}

}  // namespace bookstore::measure
