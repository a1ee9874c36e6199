// Several loops at one door: no arrival is slept through, nobody sleeps past its own timers, and roles and
// limits are kept.
#include "bench/backends/event_loops/event_loops.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <vector>

#include "tests/support/conducted_time.hpp"
#include "tests/support/jobs.hpp"
#include "tests/support/schedules.hpp"

namespace bookstore::backend {
namespace {

using test::ConductedTime;

// What one schedule consists of, by its seed.
struct Scene {
  struct Task {
    std::int64_t work;  // of its first step
    Wait wait;
    std::int64_t more_work;
  };

  explicit Scene(std::uint64_t seed, bool idle_steps = false) {
    std::mt19937_64 random(seed);
    // In half of the scenes much happens at the very same moment.
    const std::int64_t grid = random() % 2 == 0 ? 1 : 500;
    const auto below = [&](std::uint64_t bound) { return static_cast<std::int64_t>(random() % bound); };
    const auto time_below = [&](std::uint64_t bound) { return below(bound) / grid * grid; };
    loops = 1 + static_cast<int>(below(4));
    grace = random() % 2 == 0 ? 0 : time_below(4'000);
    const std::int64_t tasks = 1 + below(12);
    std::int64_t at = time_below(2'000);
    for (std::int64_t task = 0; task < tasks; ++task) {
      arrivals.push_back(at);
      if (below(3) != 0) at += time_below(3'000);  // else they come together
      const auto work = [&] { return idle_steps ? 0 : below(2) * time_below(4'000); };
      list.push_back({work(), std::max<Wait>(1, below(3) * time_below(5'000)), work()});
    }
  }

  int loops = 1;
  std::int64_t grace = 0;
  std::vector<std::int64_t> arrivals;
  std::vector<Task> list;
};

// Plays a scene and notes how late each task went on.
class SceneJob {
 public:
  SceneJob(const Scene& scene, ConductedTime& time)
      : scene_(scene), time_(time), end_(scene.list.size(), 0), late_(scene.list.size(), -1) {}

  std::uint32_t size() const { return static_cast<std::uint32_t>(scene_.list.size()); }
  Wait step(std::uint32_t task, std::uint32_t step) {
    const Scene::Task& what = scene_.list[task];
    if (step == 0) {
      time_.work(what.work);
      end_[task] = time_.now() + what.wait;
      return what.wait;
    }
    late_[task] = time_.now() - end_[task];
    time_.work(what.more_work);
    return done;
  }
  // By how much each task went on too late, and when its wait was over.
  const std::vector<std::int64_t>& late() const { return late_; }
  const std::vector<std::int64_t>& end() const { return end_; }

 private:
  const Scene& scene_;
  ConductedTime& time_;
  std::vector<std::int64_t> end_;
  std::vector<std::int64_t> late_;
};

struct CountingProbe {
  std::atomic<std::uint32_t>* released_tasks;
  void before(std::uint32_t, std::uint32_t) const {}
  void after(std::uint32_t, std::uint32_t, Wait) const {}
  void released(std::uint32_t, std::int64_t) const { released_tasks->fetch_add(1); }
};

constexpr std::int64_t start = 1'000'001'000;

// Plays the scene; sees(job) looks at how its tasks went on.
template <class Sees>
void play(const Scene& scene, EventLoops& loops, std::uint64_t seed, const Sees& sees) {
  std::atomic<std::uint32_t> released{0};
  int slept_through = 0;
  // Whoever claims is awake while he does: the count is exact when all sleep.
  ConductedTime time(seed, scene.grace, [&](std::int64_t now, int idle) {
    const std::uint32_t next = released.load();
    if (idle == 0 || next >= scene.arrivals.size()) return;
    // Nobody wakes a loop that works.
    const std::int64_t latest = start + scene.arrivals[next] + (idle < scene.loops ? scene.grace : 0);
    if (latest < now) ++slept_through;
  });
  SceneJob job(scene, time);
  loops.run(job, Schedule{.at = scene.arrivals, .start = start}, CountingProbe{&released},
            Timers(time.clock()));
  EXPECT_EQ(slept_through, 0) << "schedule " << seed;
  EXPECT_FALSE(time.stuck()) << "schedule " << seed << ": all slept, and nothing was to wake them";
  sees(job);
}

TEST(EventLoopsAtTheDoor, SleepThroughNoArrivalInWhateverOrderTheyComeToIt) {
  std::vector<std::unique_ptr<EventLoops>> loops;
  for (int count = 1; count <= 4; ++count) loops.push_back(std::make_unique<EventLoops>(count, Load::open));
  for (std::uint64_t seed = 0; seed < test::schedules(2'000); ++seed) {
    const Scene scene(seed);
    play(scene, *loops[static_cast<std::size_t>(scene.loops - 1)], seed, [&](const SceneJob& job) {
      for (std::uint32_t task = 0; task < job.size(); ++task)
        ASSERT_GE(job.late()[task], 0)
            << "schedule " << seed << ", task " << task << " was cut short or lost";
    });
    if (testing::Test::HasFailure()) return;
  }
}

TEST(EventLoopsAtTheDoor, NeverSleepPastTheirOwnTimers) {
  EventLoops loops(3, Load::open);
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Scene scene(seed, true);
    play(scene, loops, seed, [&](const SceneJob& job) {
      for (std::uint32_t task = 0; task < job.size(); ++task) {
        // After the last arrival time is not conducted any more.
        if (job.end()[task] >= start + scene.arrivals.back()) continue;
        ASSERT_GE(job.late()[task], 0) << "schedule " << seed << ", task " << task;
        ASSERT_LE(job.late()[task], scene.list[task].wait / 1000) << "schedule " << seed << ", task " << task;
      }
    });
  }
}

// A task of a role may be run by those alone who are trained for it.
class TrainedJob {
 public:
  TrainedJob(std::uint32_t tasks, const EventLoops& loops) : by_(tasks, -1), loops_(loops) {}
  std::uint32_t size() const { return static_cast<std::uint32_t>(by_.size()); }
  std::uint32_t role(std::uint32_t task) const { return task % 3 == 0 ? 1 : 0; }
  Wait step(std::uint32_t task, std::uint32_t step) {
    if (step == 0) {
      by_[task] = loops_.worker();
      return 1'000;
    }
    if (by_[task] != loops_.worker()) moved_.fetch_add(1);
    return done;
  }
  int by(std::uint32_t task) const { return by_[task]; }
  int moved() const { return moved_.load(); }

 private:
  std::vector<int> by_;
  const EventLoops& loops_;
  std::atomic<int> moved_{0};
};

TEST(EventLoops, GiveEachTaskToALoopThatIsTrainedForIt) {
  const std::vector<Roles> trained{0b01, 0b10, 0b01};
  Team team(3);
  team.trained = trained;
  for (const Load load : {Load::closed, Load::open}) {
    EventLoops loops(team, load);
    TrainedJob job(300, loops);
    const std::vector<std::int64_t> at(300, 0);
    if (load == Load::closed)
      loops.run(job, AllAtOnce{});
    else
      loops.run(job, Schedule{.at = at, .start = SteadyClock{}.now()});
    for (std::uint32_t task = 0; task < job.size(); ++task)
      ASSERT_EQ(job.by(task) == 1, job.role(task) == 1) << "task " << task;
    EXPECT_EQ(job.moved(), 0) << "a task that waited went on elsewhere";
  }
}

TEST(EventLoops, ShareOutALimitOfTasksInFlight) {
  EventLoops loops(3);
  for (const std::uint32_t limit : {1u, 2u, 3u, 7u}) {
    test::WaitingJob job(60, 200'000);
    loops.run(job, AllAtOnce{.in_flight = limit});
    EXPECT_EQ(job.finished(), 60u);
    EXPECT_LE(job.most_in_flight(), limit);
  }
}

}  // namespace
}  // namespace bookstore::backend
