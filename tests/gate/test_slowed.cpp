#include "bench/gate/slowed.hpp"

#include <gtest/gtest.h>

#include <cstdint>

#include "workloads/job.hpp"

namespace bookstore {
namespace {

// A job that counts its steps, and whose wait is known.
struct Counted {
  std::uint32_t tasks = 10;
  int steps = 0;

  std::uint32_t size() const { return tasks; }
  Wait step(std::uint32_t, std::uint32_t step) {
    ++steps;
    return step == 0 ? 1'000'000 : step == 1 ? 0 : done;
  }
};

TEST(PlantedSlowdown, LengthensWaitsAndNothingElseThatCounts) {
  Counted job;
  Slowed slowed(job, 0.05);
  EXPECT_EQ(slowed.size(), 10u);
  EXPECT_EQ(slowed.step(0, 0), 1'050'000);
  EXPECT_EQ(slowed.step(0, 1), 0);
  EXPECT_EQ(slowed.step(0, 2), done);
  EXPECT_EQ(job.steps, 3);
}

// Work of a known length in real time, however fast the machine is.
struct Busy {
  std::int64_t ns;

  std::uint32_t size() const { return 1; }
  Wait step(std::uint32_t, std::uint32_t) const {
    const backend::SteadyClock clock;
    const std::int64_t end = clock.now() + ns;
    while (clock.now() < end) {
    }
    return done;
  }
};

TEST(PlantedSlowdown, LengthensWorkByAtLeastItsFraction) {
  Busy job{20'000'000};
  Slowed slowed(job, 0.5);
  const backend::SteadyClock clock;
  const std::int64_t start = clock.now();
  slowed.step(0, 0);
  EXPECT_GE(clock.now() - start, 29'900'000);
}

TEST(PlantedSlowdown, InInstructionsRepeatsThatFractionOfTheTasks) {
  Counted job{.tasks = 1000};
  Counted twin{.tasks = 1000};
  Echoed echoed(job, twin, 0.05);
  for (std::uint32_t task = 0; task < echoed.size(); ++task)
    for (std::uint32_t step = 0; echoed.step(task, step) >= 0; ++step) {
    }
  EXPECT_EQ(job.steps, 3000);
  EXPECT_EQ(twin.steps, 150);
}

}  // namespace
}  // namespace bookstore
