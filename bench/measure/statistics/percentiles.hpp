// Exact percentiles of correlated samples, with an interval that knows how few independent samples they
// amount to.
//
// Latencies of an open run follow each other: when the queue is long for one task, it is long for the next.
// The interval therefore comes from batch means over the run in the order of arrival, not from the number of
// samples. Many batches make the estimate less noisy, long ones make it right: they are lengthened until they
// look independent. Sources: C. Alexopoulos and A. F. Seila, "Output data analysis", in Handbook of
// Simulation (J. Banks, ed.), 1998; G. S. Fishman and L. S. Yarberry, "An implementation of the batch means
// method", 1997.
//
// All functions are pure and may be called from any thread. Samples are in one unit, the caller's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace bookstore::measure {

// Of a mean. Of a percentile the batches of the last choice but one.
inline constexpr std::size_t batch_count = 30;
// Student's t with 29 degrees of freedom: two-sided 95 %.
inline constexpr double t_29 = 2.045229642;

// The rank (1 .. n) of percentile p among n >= 1 sorted samples: the smallest whole number not below p n.
std::size_t nearest_rank(double p, std::size_t n);

// The effective samples below which percentile p rests on few: ten beyond it, so 1,000 for .99, 10,000 for
// .999.
double samples_needed(double p);

struct Percentile {
  double p = 0;
  std::int64_t value = 0;  // the sample at the nearest rank
  std::int64_t lower = 0;  // 95 % interval, two of the samples
  std::int64_t upper = 0;
  // Independent samples with the same variance; at most the number of samples. An estimate from that many
  // batches: its own noise is about sqrt(2 / batches), 6 % of it at best, 38 % at worst.
  double effective = 0;
  std::size_t batches = 0;
  // Whether the longest batches still follow each other: then there are fewer effective samples, and the
  // interval is wider, than anybody can say from this run.
  bool correlated = false;
  bool few = true;  // fewer effective samples than samples_needed(p), or none can be told
};

// The percentile 0 < p < 1 of samples in the order of their intended arrival. Works on a copy, in linear
// time. Below batch_count samples nothing is known of the correlation: effective is 0, the interval is the
// whole range. Throws std::invalid_argument for no samples or p outside (0, 1).
Percentile percentile(std::span<const std::int64_t> in_order, double p);

struct MeanInterval {
  double mean = 0;
  double lower = 0;
  double upper = 0;
};

// The mean of samples in order of arrival with its 95 % interval from batch means; nothing below batch_count
// samples.
std::optional<MeanInterval> mean_interval(std::span<const double> in_order);

}  // namespace bookstore::measure
