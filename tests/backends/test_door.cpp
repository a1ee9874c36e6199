// Threads behind a door: a thread that is no worker lets the tasks in and hands them over through a queue.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/backends/task_queue.hpp"
#include "bench/backends/threads.hpp"
#include "bench/measure/probes/roll_call.hpp"
#include "tests/support/jobs.hpp"
#include "tests/support/spilled.hpp"

namespace bookstore::backend {
namespace {

Team behind_a_door(int workers) {
  Team team(workers);
  team.door = true;
  return team;
}

TEST(TaskQueue, GivesInTheOrderOfPuttingAndNothingWhenClosed) {
  TaskQueue queue;
  queue.put(7);
  queue.put(3);
  queue.close();
  EXPECT_EQ(queue.take(), 7u);
  EXPECT_EQ(queue.take(), 3u);
  EXPECT_EQ(queue.take(), std::nullopt);
  EXPECT_EQ(queue.take(), std::nullopt);
}

TEST(TaskQueue, WakesWhoeverWaits) {
  TaskQueue queue;
  std::atomic<int> taken{0};
  std::atomic<int> sent_home{0};
  {
    std::vector<std::jthread> takers;
    for (int i = 0; i < 3; ++i)
      takers.emplace_back([&] {
        while (queue.take()) ++taken;
        ++sent_home;
      });
    for (std::uint32_t task = 0; task < 100; ++task) queue.put(task);
    queue.close();
  }
  EXPECT_EQ(taken, 100);
  EXPECT_EQ(sent_home, 3);
}

// Who runs steps, and when each task was let in and begun.
class Watch {
 public:
  struct Task {
    std::int64_t released = -1;
    std::int64_t started = -1;
  };
  struct Sights {
    explicit Sights(std::size_t count) : tasks(count) {}
    std::vector<Task> tasks;  // each written by the door, then by its worker
    std::mutex lock;
    std::set<std::thread::id> doors, workers;
  };

  explicit Watch(Sights& sights) : sights_(&sights) {}
  void released(std::uint32_t task, std::int64_t time) {
    sights_->tasks[task].released = time;
    const std::scoped_lock guard(sights_->lock);
    sights_->doors.insert(std::this_thread::get_id());
  }
  void before(std::uint32_t task, std::uint32_t step) {
    if (step == 0) sights_->tasks[task].started = SteadyClock{}.now();
    const std::scoped_lock guard(sights_->lock);
    sights_->workers.insert(std::this_thread::get_id());
  }
  void after(std::uint32_t, std::uint32_t, Wait) const {}

 private:
  Sights* sights_;
};

TEST(ThreadsBehindADoor, AreHandedEveryTaskNotBeforeItsArrival) {
  Threads backend(behind_a_door(4), Load::open);
  for (const std::uint32_t tasks : {1u, 300u, 20'000u}) {
    std::vector<std::int64_t> at(tasks);
    for (std::uint32_t task = 0; task < tasks; ++task) at[task] = 1'000 * task;
    test::AccountedJob job(tasks, {0, 20'000, 0, 0});
    Watch::Sights sights(tasks);
    const std::int64_t start = SteadyClock{}.now() + 1'000'000;
    backend.run(job, Schedule{.at = at, .start = start}, Watch(sights));
    EXPECT_EQ(job.tasks_not_done_once(), 0u);
    EXPECT_EQ(job.steps_out_of_order(), 0u);
    for (std::uint32_t task = 0; task < tasks; ++task) {
      ASSERT_GE(sights.tasks[task].released, start + at[task]) << task;
      ASSERT_GE(sights.tasks[task].started, sights.tasks[task].released) << task;
    }
    EXPECT_EQ(sights.doors, std::set{std::this_thread::get_id()}) << "the caller is the door";
    EXPECT_FALSE(sights.workers.contains(std::this_thread::get_id())) << "and no worker";
    EXPECT_LE(sights.workers.size(), 4u);
  }
}

TEST(ThreadsBehindADoor, AreAsManyAsAskedFor) {
  for (const int workers : {1, 5}) {
    Threads backend(behind_a_door(workers), Load::open);
    measure::call_roll(backend, Load::open);
  }
}

struct FailingCustomers {
  std::atomic<std::uint32_t> begun{0};
  std::uint32_t size() const { return 5'000; }
  Wait step(std::uint32_t task, std::uint32_t) {
    begun.fetch_add(1);
    throw test::Spilled(task);
  }
};

TEST(ThreadsBehindADoor, BeginNothingAfterAFailureAndHandItToTheCaller) {
  Threads backend(behind_a_door(4), Load::open);
  const std::vector<std::int64_t> at_once(5'000, 0);
  for (int run = 0; run < 2; ++run) {
    FailingCustomers job;
    EXPECT_THROW(backend.run(job, Schedule{.at = at_once, .start = 0}), test::Spilled);
    EXPECT_LE(job.begun.load(), 4u);
  }
  test::AccountedJob next(5'000);
  backend.run(next, Schedule{.at = at_once, .start = 0});
  EXPECT_EQ(next.tasks_not_done_once(), 0u) << "the run after a failed one";
}

struct RoledJob {
  std::vector<int> worker_of;
  Threads* backend;
  std::uint32_t size() const { return static_cast<std::uint32_t>(worker_of.size()); }
  std::uint32_t role(std::uint32_t task) const { return task % 2; }
  Wait step(std::uint32_t task, std::uint32_t) {
    worker_of[task] = backend->worker();
    return done;
  }
};

TEST(ThreadsBehindADoor, GetOnlyWhatTheyAreTrainedFor) {
  const std::vector<Roles> trained{0b01, 0b10, 0b10};
  Team team = behind_a_door(3);
  team.trained = trained;
  Threads backend(team, Load::open);
  RoledJob job{std::vector<int>(400, -1), &backend};
  const std::vector<std::int64_t> at(400, 0);
  backend.run(job, Schedule{.at = at, .start = 0});
  for (std::uint32_t task = 0; task < job.size(); ++task)
    EXPECT_EQ(job.worker_of[task] > 0, task % 2 == 1) << task;
}

TEST(ThreadsBehindADoor, RefuseATaskThatNobodyIsTrainedForBeforeAnyIsBegun) {
  const std::vector<Roles> trained{0b001, 0b100};
  Team team = behind_a_door(2);
  team.trained = trained;
  Threads backend(team, Load::open);
  RoledJob job{std::vector<int>(4, -1), &backend};
  const std::vector<std::int64_t> at(4, 0);
  EXPECT_THROW(backend.run(job, Schedule{.at = at, .start = 0}), std::invalid_argument);
  EXPECT_EQ(job.worker_of, std::vector<int>(4, -1));
}

}  // namespace
}  // namespace bookstore::backend
