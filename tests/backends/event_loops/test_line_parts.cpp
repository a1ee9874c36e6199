// Tasks that each loop claims from its own part first: all are run once, whoever is slow, does nothing or
// fails.
#include "bench/backends/event_loops/line_parts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/backends/event_loops/event_loops.hpp"
#include "tests/support/jobs.hpp"
#include "tests/support/schedules.hpp"

namespace bookstore::backend {
namespace {

std::vector<std::uint32_t> all_of(LineParts::Claims& claims) {
  std::vector<std::uint32_t> places;
  for (std::uint32_t place = claims.next(); place != LineParts::none; place = claims.next())
    places.push_back(place);
  return places;
}

TEST(LineParts, AreClaimedFromOnesOwnOnInTheOrderOfTheWorkers) {
  const std::vector<std::vector<std::uint32_t>> expected{
      {0, 1, 2, 3, 4, 5, 6}, {3, 4, 5, 6, 0, 1, 2}, {5, 6, 0, 1, 2, 3, 4}};
  for (int worker = 0; worker < 3; ++worker) {
    LineParts parts(7, 3);
    LineParts::Claims claims(parts, worker);
    EXPECT_EQ(all_of(claims), expected[static_cast<std::size_t>(worker)]);
    LineParts::Claims late(parts, 1);
    EXPECT_EQ(late.next(), LineParts::none);
  }
}

TEST(LineParts, MayBeFewerThanWorkersOrNone) {
  for (const std::uint32_t places : {0u, 1u, 2u}) {
    LineParts parts(places, 5);
    LineParts::Claims last(parts, 4);
    EXPECT_EQ(all_of(last).size(), places);
  }
}

// Some workers never come, some are slower than others.
TEST(LineParts, GiveEachPlaceToOneWorkerInWhateverOrderTheyCome) {
  for (std::uint64_t seed = 0; seed < test::schedules(20'000); ++seed) {
    std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
    const int workers = 1 + static_cast<int>(random() % 6);
    const std::uint32_t places = static_cast<std::uint32_t>(random() % 30);
    LineParts parts(places, workers);
    std::deque<LineParts::Claims> claims;
    std::vector<int> order;  // a worker stands in it as often as he is fast
    for (int worker = 0; worker < workers; ++worker) {
      claims.emplace_back(parts, worker);
      for (std::uint32_t speed = random() % 4; speed > 0; --speed) order.push_back(worker);
    }
    if (order.empty()) order.push_back(0);
    std::vector<int> by(places, -1);
    while (!order.empty()) {
      const int worker = order[random() % order.size()];
      const std::uint32_t place = claims[static_cast<std::size_t>(worker)].next();
      if (place == LineParts::none) {
        std::erase(order, worker);
        ASSERT_EQ(std::ranges::count(by, -1), 0) << "schedule " << seed << ": given up too soon";
        continue;
      }
      ASSERT_LT(place, places) << "schedule " << seed;
      ASSERT_EQ(by[place], -1) << "schedule " << seed << ", place " << place << " was claimed twice";
      by[place] = worker;
      const Block own = block_of(places, worker, workers);
      const bool others = place < own.begin || place >= own.end;
      for (std::uint32_t mine = own.begin; mine < own.end && others; ++mine)
        ASSERT_NE(by[mine], -1) << "schedule " << seed << ": worker " << worker << " left his own part";
    }
  }
}

TEST(LineParts, RunEachTaskOnceWhereLoopsMeetAtTheirEnds) {
  EventLoops loops(4);
  for (std::uint32_t run = 0; run < 2'000; ++run) {
    test::AccountedJob job(run % 23, {0, 1'000});
    loops.run(job, AllAtOnce{});
    ASSERT_EQ(job.tasks_not_done_once(), 0u) << "run " << run;
    ASSERT_EQ(job.steps_out_of_order(), 0u) << "run " << run;
  }
}

// The first loop is held up in its first task until all others are done.
class HeldUpJob {
 public:
  HeldUpJob(std::uint32_t tasks, const EventLoops& loops) : by_(tasks, -1), loops_(loops) {}
  std::uint32_t size() const { return static_cast<std::uint32_t>(by_.size()); }
  std::uint32_t role(std::uint32_t task) const { return task % 2; }
  Wait step(std::uint32_t task, std::uint32_t) {
    by_[task] = loops_.worker();
    if (by_[task] == 0)
      while (done_.load() + 1 < size()) std::this_thread::yield();
    done_.fetch_add(1);
    return done;
  }
  // The loops that ran tasks of that role, but for the one that the first was held up in.
  std::set<int> others(std::uint32_t wanted) const {
    std::set<int> found;
    for (std::uint32_t task = 0; task < size(); ++task)
      if (role(task) == wanted && by_[task] != 0) found.insert(by_[task]);
    return found;
  }
  std::int64_t of_the_first() const { return std::ranges::count(by_, 0); }

 private:
  std::vector<int> by_;
  const EventLoops& loops_;
  std::atomic<std::uint32_t> done_{0};
};

TEST(LineParts, OfALoopThatIsHeldUpAreTakenOver) {
  EventLoops loops(2);
  HeldUpJob job(100, loops);
  loops.run(job, AllAtOnce{});
  EXPECT_LE(job.of_the_first(), 1);
  EXPECT_EQ(job.others(0), std::set<int>{1});
}

TEST(LineParts, AreTakenOverByThoseAloneWhoAreTrainedForThem) {
  const std::vector<Roles> trained{0b01, 0b10, 0b01};
  Team team(3);
  team.trained = trained;
  EventLoops loops(team);
  HeldUpJob job(100, loops);
  loops.run(job, AllAtOnce{});
  EXPECT_LE(job.of_the_first(), 1);
  EXPECT_EQ(job.others(0), std::set<int>{2});
  EXPECT_EQ(job.others(1), std::set<int>{1});
}

TEST(LineParts, OfLoopsThatMayHaveNothingInFlightAreTakenOver) {
  EventLoops loops(4);
  std::vector<int> by(50, -1);
  struct Job {
    std::vector<int>& by;
    const EventLoops& loops;
    std::uint32_t size() const { return static_cast<std::uint32_t>(by.size()); }
    Wait step(std::uint32_t task, std::uint32_t step) {
      by[task] = loops.worker();
      return step == 0 ? 1'000 : done;
    }
  } job{by, loops};
  loops.run(job, AllAtOnce{.in_flight = 1});
  EXPECT_EQ(by, std::vector<int>(50, 0));
}

TEST(LineParts, AreLeftAloneWhenATaskHasFailed) {
  EventLoops loops(2);
  struct Job {
    std::atomic<bool> failed{false};
    std::atomic<std::uint32_t> begun{0};
    std::uint32_t size() const { return 2'000; }
    Wait step(std::uint32_t task, std::uint32_t) {
      begun.fetch_add(1);
      if (task == 0) {
        failed = true;
        throw std::runtime_error("spilled");
      }
      // Who has the other half comes no further before that, and has a long way to go then.
      while (!failed) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return done;
    }
  } job;
  EXPECT_THROW(loops.run(job, AllAtOnce{}), std::runtime_error);
  EXPECT_LT(job.begun, job.size()) << "all were begun all the same";
  test::AccountedJob after(2'000);
  loops.run(after, AllAtOnce{});
  EXPECT_EQ(after.tasks_not_done_once(), 0u);
}

}  // namespace
}  // namespace bookstore::backend
