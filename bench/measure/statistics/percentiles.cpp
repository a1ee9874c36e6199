#include "bench/measure/statistics/percentiles.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace bookstore::measure {
namespace {

// Batches differ in length by one sample at most, so that every sample counts.
template <class T, class Value>
std::vector<double> batch_means(std::span<const T> in_order, std::size_t batches, Value value) {
  const std::size_t n = in_order.size();
  std::vector<double> means(batches);
  for (std::size_t batch = 0; batch < batches; ++batch) {
    const std::size_t first = batch * n / batches;
    const std::size_t last = (batch + 1) * n / batches;
    double sum = 0;
    for (std::size_t i = first; i < last; ++i) sum += value(in_order[i]);
    means[batch] = sum / static_cast<double>(last - first);
  }
  return means;
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double squared_distances(std::span<const double> values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares;
}

double variance(std::span<const double> values) {
  return squared_distances(values) / static_cast<double>(values.size() - 1);
}

// Whether a value tells something of the next one: 1 if they tend to lie on the same side of the mean, -1 if
// on different ones, 0 if the first autocorrelation is one that nine in ten independent series have. Source:
// J. von Neumann, "Distribution of the ratio of the mean square successive difference to the variance", 1941;
// its normal approximation.
int correlation(std::span<const double> values) {
  constexpr double z_90 = 1.644853627;
  // Shares that are all alike differ by rounding, which has a side of its own.
  constexpr double rounding = 1e-12;
  const double mean = mean_of(values);
  double products = 0;
  for (std::size_t i = 1; i < values.size(); ++i) products += (values[i - 1] - mean) * (values[i] - mean);
  const double squares = squared_distances(values);
  if (squares < rounding * rounding) return 0;
  const double usual = z_90 / std::sqrt(static_cast<double>(values.size())) * squares;
  if (products > usual) return 1;
  return products < -usual ? -1 : 0;
}

struct BatchChoice {
  std::size_t batches;
  double t;  // Student's t with one degree of freedom less than batches: two-sided 95 %
};
constexpr std::array<BatchChoice, 6> batch_choices{
    {{480, 1.964957}, {240, 1.969939}, {120, 1.980100}, {60, 2.000995}, {batch_count, t_29}, {15, 2.144787}}};

// How few independent samples the indicators of x <= value amount to.
struct Effective {
  double samples;
  BatchChoice choice;
  bool correlated;
};

Effective effective_samples(std::span<const std::int64_t> in_order, std::int64_t value, double p) {
  const auto n = static_cast<double>(in_order.size());
  // Shorter batches than those that have one sample beyond the percentile tell no more: what is left of the
  // noise is that of the number of samples beyond it.
  const double most = std::max<double>(batch_count, n * p * (1 - p));
  Effective found{};
  for (const BatchChoice& choice : batch_choices) {
    if (static_cast<double>(choice.batches) > most) continue;
    const auto below =
        batch_means(in_order, choice.batches, [value](std::int64_t x) { return x <= value ? 1.0 : 0.0; });
    const double spread = n / static_cast<double>(choice.batches) * variance(below);
    // Samples that repel each other (a constant schedule) would count for more than they are: never trusted.
    const int left = correlation(below);
    found = {spread > p * (1 - p) ? n * p * (1 - p) / spread : n, choice, left > 0};
    if (left == 0) break;
  }
  return found;
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
    const Effective found = effective_samples(in_order, result.value, p);
    result.effective = found.samples;
    result.batches = found.choice.batches;
    result.correlated = found.correlated;
    const double centre = p * static_cast<double>(n);
    const double half = found.choice.t * static_cast<double>(n) * std::sqrt(p * (1 - p) / result.effective);
    low = static_cast<std::size_t>(std::clamp(std::floor(centre - half), 1.0, static_cast<double>(middle)));
    high = static_cast<std::size_t>(
        std::clamp(std::ceil(centre + half), static_cast<double>(middle), static_cast<double>(n)));
  }
  result.lower = low == middle ? result.value : select(all.first(middle - 1), low);
  result.upper = high == middle ? result.value : select(all.subspan(middle), high - middle);
  result.few = result.correlated || result.effective < samples_needed(p);
  return result;
}

std::optional<MeanInterval> mean_interval(std::span<const double> in_order) {
  if (in_order.size() < batch_count) return std::nullopt;
  const double mean = mean_of(in_order);
  const auto means = batch_means(in_order, batch_count, [](double x) { return x; });
  const double half = t_29 * std::sqrt(variance(means) / batch_count);
  return MeanInterval{mean, mean - half, mean + half};
}

}  // namespace bookstore::measure
