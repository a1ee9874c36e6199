// What the steps of each kind of task take when nothing is in their way: what an open run's steps are
// compared with.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "bench/measure/statistics/median.hpp"
#include "bench/seam/clocks.hpp"
#include "workloads/job.hpp"

namespace bookstore {

// Enough for the rarest kind of the mixes to come dozens of times; a tenth of a second.
inline constexpr std::uint32_t most_done_alone = 10'000;

// Does the first tasks of a job that nobody has begun, one after the other, without their waits, and times
// their steps as an open run does. By kind_of(task): the median of the kind's tasks, in nanoseconds, so that
// those that the machine was kept from do not count; infinity for a kind that has none.
template <Job J, class KindOf, class Clock = backend::SteadyClock>
std::vector<double> work_alone(J& job, const KindOf& kind_of, const Clock& clock = {}) {
  std::vector<std::vector<double>> times;
  const std::uint32_t tasks = std::min<std::uint32_t>(job.size(), most_done_alone);
  for (std::uint32_t task = 0; task < tasks; ++task) {
    std::int64_t inside = 0;
    Wait wait = 0;
    for (std::uint32_t step = 0; wait >= 0; ++step) {
      const std::int64_t begin = clock.now();
      wait = job.step(task, step);
      inside += clock.now() - begin;
    }
    const auto kind = static_cast<std::size_t>(kind_of(task));
    if (times.size() <= kind) times.resize(kind + 1);
    times[kind].push_back(static_cast<double>(inside));
  }
  std::vector<double> medians;
  for (const auto& of_kind : times)
    medians.push_back(of_kind.empty() ? std::numeric_limits<double>::infinity() : measure::median(of_kind));
  return medians;
}

}  // namespace bookstore
