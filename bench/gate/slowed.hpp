// Slowdowns planted on purpose, to measure how surely the regression gate finds them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "bench/seam/run.hpp"
#include "workloads/job.hpp"

namespace bookstore {

// Every step takes (1 + fraction) times its own time, by spinning, and asks for (1 + fraction) times its
// wait.
//
// Reading the clock costs as much as a few per cent of a short step. What it costs is paid out of the
// slowdown that is owed, and what is still owed or overpaid goes to the thread's next step.
template <Job J>
class Slowed {
 public:
  Slowed(J& job, double fraction) : job_(job), fraction_(fraction) {}

  std::uint32_t size() const { return job_.size(); }
  std::uint32_t role(std::uint32_t task) const requires RoledJob<J> { return job_.role(task); }

  Wait step(std::uint32_t task, std::uint32_t step) {
    thread_local double owed_ns = 0;
    const std::int64_t start = clock_.now();
    const Wait wait = job_.step(task, step);
    const std::int64_t end = clock_.now();
    const double read_ns = clock_read_ns();
    const double work_ns = std::max(0.0, static_cast<double>(end - start) - read_ns);
    owed_ns += fraction_ * work_ns - 2 * read_ns;
    if (owed_ns > 2 * read_ns) {
      std::int64_t now = end;
      while (static_cast<double>(now - end) + read_ns < owed_ns) now = clock_.now();
      owed_ns -= static_cast<double>(now - end) + read_ns;
    }
    return wait > 0 ? std::llround(static_cast<double>(wait) * (1 + fraction_)) : wait;
  }

  // The cost of one reading, the least of many.
  static double clock_read_ns() {
    static const double cost = [] {
      const backend::SteadyClock clock;
      constexpr int readings = 64;
      double least = 1e9;
      for (int round = 0; round < 64; ++round) {
        const std::int64_t start = clock.now();
        std::int64_t now = start;
        for (int reading = 0; reading < readings; ++reading) now = clock.now();
        least = std::min(least, static_cast<double>(now - start) / readings);
      }
      return least;
    }();
    return cost;
  }

 private:
  J& job_;
  double fraction_;
  backend::SteadyClock clock_;
};

// A slowdown in instructions, equal from run to run: that fraction of the tasks, evenly spread, is done a
// second time in a twin of the job.
template <Job J>
class Echoed {
 public:
  Echoed(J& job, J& twin, double fraction) : job_(job), twin_(twin), fraction_(fraction) {}

  std::uint32_t size() const { return job_.size(); }

  Wait step(std::uint32_t task, std::uint32_t step) {
    if (std::floor((task + 1) * fraction_) > std::floor(task * fraction_)) twin_.step(task, step);
    return job_.step(task, step);
  }

 private:
  J& job_;
  J& twin_;
  double fraction_;
};

}  // namespace bookstore
