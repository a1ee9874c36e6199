// What each step of each kind of task takes when nothing is in its way: what virtual time is fed with.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/measure/statistics/median.hpp"
#include "bench/seam/clocks.hpp"
#include "workloads/job.hpp"

namespace bookstore {

struct StepTime {
  std::uint32_t kind;
  std::uint32_t step;
  double ns;
};

// Does the first tasks of a job that nobody has begun, one after the other, without their waits. The median
// of each step over the tasks of its kind, less what reading the clock takes; by kind, then by step.
template <KindedJob J, class Clock = backend::SteadyClock>
std::vector<StepTime> time_steps(J& job, const Clock& clock = {}) {
  constexpr std::uint32_t most = 5'000;  // some fiftieth of a second
  const std::uint32_t tasks = std::min<std::uint32_t>(job.size(), most);
  std::vector<std::vector<std::vector<double>>> times;
  std::vector<double> readings;
  for (std::uint32_t task = 0; task < tasks; ++task) {
    const std::size_t kind = job.kind(task);
    if (times.size() <= kind) times.resize(kind + 1);
    Wait wait = 0;
    for (std::uint32_t step = 0; wait >= 0; ++step) {
      if (times[kind].size() <= step) times[kind].resize(step + 1);
      const std::int64_t begin = clock.now();
      wait = job.step(task, step);
      const std::int64_t end = clock.now();
      times[kind][step].push_back(static_cast<double>(end - begin));
      readings.push_back(static_cast<double>(clock.now() - end));
    }
  }
  const double reading = readings.empty() ? 0 : measure::median(readings);
  std::vector<StepTime> medians;
  for (std::uint32_t kind = 0; kind < times.size(); ++kind)
    for (std::uint32_t step = 0; step < times[kind].size(); ++step)
      medians.push_back({kind, step, std::max(measure::median(times[kind][step]) - reading, 0.0)});
  return medians;
}

}  // namespace bookstore
