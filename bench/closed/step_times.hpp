// What each step of each kind of task takes when nothing is in its way: what virtual time is fed with.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/measure/statistics/median.hpp"
#include "bench/seam/clocks.hpp"
#include "workloads/bookstore/plan.hpp"
#include "workloads/job.hpp"

namespace bookstore {

struct StepTime {
  std::uint32_t kind;
  std::uint32_t step;
  double ns;
};

// Does the first tasks of a job that nobody has begun, one after the other, without their waits.
// take(do_step) calls do_step() and says what it took, in nanoseconds: the median of each step over the tasks
// of its kind; by kind, then by step.
template <KindedJob J, class Take>
std::vector<StepTime> medians_of_steps(J& job, const Take& take) {
  constexpr std::uint32_t most = 5'000;  // some fiftieth of a second
  const std::uint32_t tasks = std::min<std::uint32_t>(job.size(), most);
  std::vector<std::vector<std::vector<double>>> times;
  for (std::uint32_t task = 0; task < tasks; ++task) {
    const std::size_t kind = job.kind(task);
    if (times.size() <= kind) times.resize(kind + 1);
    std::uint32_t step = 0;
    for (Wait wait = 0; wait >= 0; ++step) {
      if (times[kind].size() <= step) times[kind].resize(step + 1);
      times[kind][step].push_back(take([&wait, &job, task, step] { wait = job.step(task, step); }));
    }
  }
  std::vector<StepTime> medians;
  for (std::uint32_t kind = 0; kind < times.size(); ++kind)
    for (std::uint32_t step = 0; step < times[kind].size(); ++step)
      medians.push_back({kind, step, std::max(measure::median(times[kind][step]), 0.0)});
  return medians;
}

// What reading a clock adds between two readings of it.
template <class Clock>
double reading_ns(const Clock& clock) {
  std::vector<double> readings(101);
  for (double& each : readings) {
    const std::int64_t begin = clock.now();
    each = static_cast<double>(clock.now() - begin);
  }
  return measure::median(readings);
}

// The time of each step, less what reading the clock takes.
template <KindedJob J, class Clock = backend::SteadyClock>
std::vector<StepTime> time_steps(J& job, const Clock& clock = {}) {
  const double reading = reading_ns(clock);
  return medians_of_steps(job, [&](const auto& do_step) {
    const std::int64_t begin = clock.now();
    do_step();
    return static_cast<double>(clock.now() - begin) - reading;
  });
}

// What one core tells of a shop's steps and of its locks.
struct ShopTimes {
  std::vector<StepTime> steps;
  std::vector<StepTime> held;  // of that, under locks
  double lock_ns = 0;          // to take and leave a lock that nobody has
};

ShopTimes time_shop(const workload::Plan& plan);

}  // namespace bookstore
