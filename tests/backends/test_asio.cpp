// What one context for all threads does that one for each does not.
#include "bench/backends/asio/asio.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

namespace bookstore::backend {
namespace {

Team apart(int workers) {
  Team team(workers);
  team.per_thread = true;
  return team;
}

// Tasks of three steps with waits between, which note who runs each step.
struct JobOfThreeSteps {
  const Asio* backend;
  std::vector<std::vector<int>> by;

  JobOfThreeSteps(const Asio& of, std::uint32_t tasks) : backend(&of), by(tasks) {}
  std::uint32_t size() const { return static_cast<std::uint32_t>(by.size()); }
  Wait step(std::uint32_t task, std::uint32_t step) {
    by[task].push_back(backend->worker());
    return step == 2 ? done : 20'000;
  }
};

TEST(AsioContexts, OfTheirOwnKeepEachTaskOnOneThread) {
  Asio closed(apart(3)), open(apart(3), Load::open);
  JobOfThreeSteps job(closed, 300), crowd(open, 300);
  closed.run(job, AllAtOnce{});
  const std::vector<std::int64_t> at(crowd.size(), 0);
  open.run(crowd, Schedule{.at = at});
  for (std::uint32_t task = 0; task < job.size(); ++task) {
    EXPECT_EQ(job.by[task], std::vector<int>(3, job.by[task].front())) << task;
    EXPECT_EQ(crowd.by[task], std::vector<int>(3, static_cast<int>(task % 3))) << "taken in turn";
  }
}

// The first task stays until all others are finished, as long as it has patience.
struct StubbornJob {
  std::chrono::milliseconds patience;
  std::atomic<std::uint32_t> finished{0};
  std::uint32_t alone_for = 0;  // tasks that were finished when it gave up

  std::uint32_t size() const { return 20; }
  Wait step(std::uint32_t task, std::uint32_t) {
    if (task == 0) {
      const auto end = std::chrono::steady_clock::now() + patience;
      while (finished < size() - 1 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
      alone_for = finished;
    }
    ++finished;
    return done;
  }
};

TEST(AsioContexts, OfAllLeaveNobodyBehindOneThatIsBusy) {
  const std::vector<std::int64_t> at(20, 0);
  Asio shared(2, Load::open), own(apart(2), Load::open);
  StubbornJob patient{.patience = std::chrono::seconds(30)}, hasty{.patience = std::chrono::milliseconds(50)};
  shared.run(patient, Schedule{.at = at});
  EXPECT_EQ(patient.alone_for, 19u);
  own.run(hasty, Schedule{.at = at});
  EXPECT_LE(hasty.alone_for, 10u) << "its own thread's are behind it";
  EXPECT_EQ(hasty.finished, 20u);
}

}  // namespace
}  // namespace bookstore::backend
