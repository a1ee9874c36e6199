#include "bench/measure/statistics/percentiles.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace bookstore::measure {
namespace {

using BatchMeans = std::array<double, batch_count>;

// Batches differ in length by one sample at most, so that every sample counts.
template <class T, class Value>
BatchMeans batch_means(std::span<const T> in_order, Value value) {
  const std::size_t n = in_order.size();
  BatchMeans means{};
  for (std::size_t batch = 0; batch < batch_count; ++batch) {
    const std::size_t first = batch * n / batch_count;
    const std::size_t last = (batch + 1) * n / batch_count;
    double sum = 0;
    for (std::size_t i = first; i < last; ++i) sum += value(in_order[i]);
    means[batch] = sum / static_cast<double>(last - first);
  }
  return means;
}

double variance(const BatchMeans& means) {
  double mean = 0;
  for (const double m : means) mean += m / batch_count;
  double squares = 0;
  for (const double m : means) squares += (m - mean) * (m - mean);
  return squares / (batch_count - 1);
}

double effective_samples(std::span<const std::int64_t> in_order, std::int64_t value, double p) {
  const auto n = static_cast<double>(in_order.size());
  const auto below = batch_means(in_order, [value](std::int64_t x) { return x <= value ? 1.0 : 0.0; });
  const double spread = n / batch_count * variance(below);
  // Samples that repel each other (a constant schedule) would count for more than they are: never trusted.
  return spread > p * (1 - p) ? n * p * (1 - p) / spread : n;
}

// Selects the sample of a rank and leaves the smaller ones before it, the larger ones behind.
std::int64_t select(std::span<std::int64_t> samples, std::size_t rank) {
  const auto place = samples.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(samples.begin(), place, samples.end());
  return *place;
}

}  // namespace

std::size_t nearest_rank(double p, std::size_t n) {
  // p is a decimal fraction rounded to binary: .07 x 100 is a little above 7 and must still give rank 7.
  const double rank = std::ceil(p * static_cast<double>(n) * (1 - 1e-12));
  return std::clamp<std::size_t>(static_cast<std::size_t>(rank), 1, n);
}

double samples_needed(double p) { return std::round(10 / std::min(p, 1 - p)); }

Percentile percentile(std::span<const std::int64_t> in_order, double p) {
  if (in_order.empty()) throw std::invalid_argument("no samples: a percentile needs at least one");
  if (!(p > 0 && p < 1)) throw std::invalid_argument("a percentile lies between 0 and 1, both excluded");
  const std::size_t n = in_order.size();
  const std::size_t middle = nearest_rank(p, n);
  std::vector<std::int64_t> samples(in_order.begin(), in_order.end());
  const std::span<std::int64_t> all(samples);

  Percentile result{.p = p, .value = select(all, middle)};
  std::size_t low = 1;
  std::size_t high = n;
  if (n >= batch_count) {
    result.effective = effective_samples(in_order, result.value, p);
    const double centre = p * static_cast<double>(n);
    const double half = t_29 * static_cast<double>(n) * std::sqrt(p * (1 - p) / result.effective);
    low = static_cast<std::size_t>(std::clamp(std::floor(centre - half), 1.0, static_cast<double>(middle)));
    high = static_cast<std::size_t>(
        std::clamp(std::ceil(centre + half), static_cast<double>(middle), static_cast<double>(n)));
  }
  result.lower = low == middle ? result.value : select(all.first(middle - 1), low);
  result.upper = high == middle ? result.value : select(all.subspan(middle), high - middle);
  const double needed = samples_needed(p);
  result.printed = result.effective >= needed;
  result.tasks_needed = static_cast<std::uint64_t>(
      std::ceil(result.effective > 0 ? needed * static_cast<double>(n) / result.effective : needed));
  return result;
}

std::optional<MeanInterval> mean_interval(std::span<const double> in_order) {
  if (in_order.size() < batch_count) return std::nullopt;
  double mean = 0;
  for (const double x : in_order) mean += x;
  mean /= static_cast<double>(in_order.size());
  const auto means = batch_means(in_order, [](double x) { return x; });
  const double half = t_29 * std::sqrt(variance(means) / batch_count);
  return MeanInterval{mean, mean - half, mean + half};
}

}  // namespace bookstore::measure
