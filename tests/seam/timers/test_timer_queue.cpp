#include "bench/seam/timers/timer_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/support/durations.hpp"

namespace bookstore::backend {
namespace {

using test::hour;
using test::microsecond;
using test::second;
constexpr std::uint32_t million = 1'000'000;

using Queue = TimerQueue<std::uint32_t>;
using Timer = std::pair<std::int64_t, std::uint32_t>;  // deadline, task

std::vector<Timer> pop(Queue& queue, std::int64_t now) {
  std::vector<Timer> popped;
  const auto sink = [&](std::uint32_t task, std::int64_t deadline) { popped.emplace_back(deadline, task); };
  const std::size_t count = queue.pop_due(now, sink);
  EXPECT_EQ(count, popped.size());
  return popped;
}

// What the queue promises, written the slow and obvious way: a multimap keeps equal keys in insertion order.
class Reference {
 public:
  void push(std::int64_t deadline, std::uint32_t task, std::uint32_t leeway = 0) {
    timers_.emplace(std::max(deadline, last_), Pending{task, leeway});
  }

  std::vector<Timer> pop(std::int64_t now) {
    const auto end = timers_.upper_bound(now);
    std::vector<Timer> due;
    for (auto timer = timers_.begin(); timer != end; ++timer)
      due.emplace_back(timer->first, timer->second.task);
    timers_.erase(timers_.begin(), end);
    if (!due.empty()) last_ = due.back().first;
    return due;
  }

  std::int64_t next_deadline() const { return timers_.empty() ? never : timers_.begin()->first; }
  std::int64_t latest_wake_up() const {
    std::int64_t latest = never;
    for (const auto& [deadline, timer] : timers_) latest = std::min(latest, deadline + timer.leeway);
    return latest;
  }
  std::size_t size() const { return timers_.size(); }

 private:
  struct Pending {
    std::uint32_t task;
    std::uint32_t leeway;
  };
  std::multimap<std::int64_t, Pending> timers_;
  std::int64_t last_ = 0;
};

// Pushes deadlines[i] as task i, pops at times `step` apart, and checks each timer: once, not early, not a
// step late, in order. Tasks are numbered as they are pushed, so (deadline, task) must rise.
void expect_in_order(const std::vector<std::int64_t>& deadlines, std::int64_t step) {
  Queue queue;
  for (std::uint32_t i = 0; i < deadlines.size(); ++i) queue.push(deadlines[i], i);
  Timer last{-1, 0};
  std::size_t popped = 0, wrong = 0;
  for (std::int64_t now = 0; !queue.empty(); now += step) {
    popped += queue.pop_due(now, [&](std::uint32_t task, std::int64_t deadline) {
      const Timer timer{deadline, task};
      wrong += deadline != deadlines[task] || timer <= last || deadline > now || deadline <= now - step;
      last = timer;
    });
    ASSERT_GT(queue.next_deadline(), now);
  }
  EXPECT_EQ(popped, deadlines.size());
  EXPECT_EQ(wrong, 0u);
}

std::vector<std::int64_t> a_million_over_a_second(unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<std::int64_t> deadlines(million);
  for (auto& deadline : deadlines) deadline = static_cast<std::int64_t>(random() % second);
  return deadlines;
}

TEST(TimerQueue, IsDueAtItsDeadlineAndNotBefore) {
  Queue queue;
  EXPECT_EQ(queue.next_deadline(), never);
  EXPECT_TRUE(pop(queue, never).empty());
  queue.push(1'000, 7);
  EXPECT_EQ(queue.next_deadline(), 1'000);
  EXPECT_TRUE(pop(queue, 999).empty());
  EXPECT_EQ(pop(queue, 1'000), (std::vector<Timer>{{1'000, 7}}));
  EXPECT_TRUE(queue.empty());
}

TEST(TimerQueue, OneMaySleepPastADeadlineAsFarAsTheLeastPatientTimerAllows) {
  Queue queue;
  EXPECT_EQ(queue.latest_wake_up(), never);
  queue.push(1'000, 1, 500);
  EXPECT_EQ(queue.latest_wake_up(), 1'500);
  queue.push(1'200, 2, 100);
  EXPECT_EQ(queue.next_deadline(), 1'000);
  EXPECT_EQ(queue.latest_wake_up(), 1'300);
  queue.push(5'000'000, 3);
  EXPECT_EQ(pop(queue, 1'300), (std::vector<Timer>{{1'000, 1}, {1'200, 2}}));
  EXPECT_EQ(queue.latest_wake_up(), 5'000'000);
  EXPECT_EQ(pop(queue, 5'000'000).size(), 1u);
  EXPECT_EQ(queue.latest_wake_up(), never);
  queue.push(never - 5, 4, 10);
  EXPECT_EQ(queue.latest_wake_up(), never);
}

TEST(TimerQueue, LookingTooEarlyDoesNotForbidEarlierTimers) {
  Queue queue;
  queue.push(5'000, 1);
  EXPECT_TRUE(pop(queue, 4'000).empty());
  queue.push(4'500, 2);
  queue.push(4'100, 3);
  EXPECT_EQ(queue.next_deadline(), 4'100);
  EXPECT_EQ(pop(queue, 6'000), (std::vector<Timer>{{4'100, 3}, {4'500, 2}, {5'000, 1}}));
}

TEST(TimerQueue, ADeadlineInThePastIsDueAtTheLastOnePopped) {
  Queue queue(100);
  queue.push(-5, 1);
  queue.push(200, 2);
  EXPECT_EQ(pop(queue, 300), (std::vector<Timer>{{100, 1}, {200, 2}}));
  queue.push(150, 3);
  EXPECT_EQ(queue.next_deadline(), 200);
  EXPECT_EQ(pop(queue, 300), (std::vector<Timer>{{200, 3}}));
}

TEST(TimerQueue, DeadlinesHoursApartAndAtTheEndOfTheClock) {
  Queue queue;
  queue.push(never, 5);
  queue.push(1'000'000 * hour, 4);
  queue.push(24 * hour, 3);
  queue.push(hour, 1);
  EXPECT_EQ(pop(queue, 24 * hour), (std::vector<Timer>{{hour, 1}, {24 * hour, 3}}));
  EXPECT_EQ(pop(queue, never - 1), (std::vector<Timer>{{1'000'000 * hour, 4}}));
  EXPECT_EQ(queue.next_deadline(), never);
  EXPECT_EQ(pop(queue, never), (std::vector<Timer>{{never, 5}}));
}

// How far ahead the timers are set and how far the clock moves between two pops: few and many distinct
// deadlines, pops that find nothing and pops that find nearly all.
using Scale = std::pair<std::int64_t, std::int64_t>;
class TimerQueueAgainstReference : public testing::TestWithParam<Scale> {};

TEST_P(TimerQueueAgainstReference, RandomInterleavings) {
  const auto [reach, move] = GetParam();
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    const auto up_to = [&](std::int64_t limit) {
      return static_cast<std::int64_t>(random() >> 1) % (limit + 1);
    };
    Queue queue;
    Reference reference;
    std::int64_t now = 0;
    std::uint32_t task = 0;
    for (int round = 0; round < 400; ++round) {
      for (auto pushes = up_to(round % 50 == 0 ? 500 : 4); pushes > 0; --pushes, ++task) {
        const std::int64_t deadline = now + up_to(reach) - reach / 50;  // now and then in the past
        const auto leeway = static_cast<std::uint32_t>(up_to(std::min<std::int64_t>(reach, 4'000'000'000)));
        queue.push(deadline, task, leeway);
        reference.push(deadline, task, leeway);
      }
      ASSERT_EQ(queue.next_deadline(), reference.next_deadline());
      ASSERT_EQ(queue.latest_wake_up(), reference.latest_wake_up());
      now += up_to(move);
      ASSERT_EQ(pop(queue, now), reference.pop(now)) << "seed " << seed << ", round " << round;
      ASSERT_EQ(queue.size(), reference.size());
      ASSERT_EQ(queue.next_deadline(), reference.next_deadline());
      ASSERT_EQ(queue.latest_wake_up(), reference.latest_wake_up());
    }
    ASSERT_EQ(pop(queue, now + reach), reference.pop(now + reach));
    ASSERT_TRUE(queue.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Scales, TimerQueueAgainstReference,
                         testing::Values(Scale{3, 1}, Scale{100, 10}, Scale{5'000 * microsecond, 10'000},
                                         Scale{second, second / 1'000}, Scale{second, second / 5},
                                         Scale{48 * hour, hour}));

TEST(TimerQueue, TheSinkMayPushAndItsDueTimersComeInTheSameCall) {
  Queue queue;
  queue.push(10, 0);
  queue.push(10, 1);
  queue.push(40, 2);
  std::vector<Timer> popped;
  queue.pop_due(30, [&](std::uint32_t task, std::int64_t deadline) {
    popped.emplace_back(deadline, task);
    if (task == 0) queue.push(10, 10);
    if (task == 1) queue.push(25, 11);
    if (task == 10) queue.push(35, 12);
  });
  EXPECT_EQ(popped, (std::vector<Timer>{{10, 0}, {10, 1}, {10, 10}, {25, 11}}));
  EXPECT_EQ(pop(queue, 100), (std::vector<Timer>{{35, 12}, {40, 2}}));
}

// The event loop's own pattern: every popped task waits again, for one of few lengths.
TEST(TimerQueue, TimersSetAgainFromTheSinkAgreeWithTheReference) {
  constexpr std::int64_t waits[] = {200, 500, 2'000, 5'000};  // microseconds
  for (const std::uint32_t tasks : {1u, 3u, 100u, 5'000u}) {
    std::mt19937_64 random(tasks);
    Queue queue;
    Reference reference;
    const auto push = [&](std::int64_t deadline, std::uint32_t task) {
      queue.push(deadline, task);
      reference.push(deadline, task);
    };
    for (std::uint32_t task = 0; task < tasks; ++task) push(task, task);
    for (int popped = 0; popped < 20'000;) {
      const auto due = reference.pop(queue.next_deadline());
      std::vector<Timer> seen;
      queue.pop_due(queue.next_deadline(), [&](std::uint32_t task, std::int64_t deadline) {
        seen.emplace_back(deadline, task);
        push(deadline + waits[random() % 4] * microsecond, task);
      });
      ASSERT_EQ(seen, due);
      ASSERT_EQ(queue.size(), tasks);
      popped += static_cast<int>(seen.size());
    }
  }
}

TEST(TimerQueue, AnnouncesOnlyWhatComesLaterAndMostOfManyThatAreDueAtOnce) {
  constexpr std::uint32_t timers = 1'000;
  Queue queue;
  for (std::uint32_t task = 0; task < timers; ++task) queue.push(10 + task / 500, task);
  std::vector<bool> announced(timers, false);
  std::uint32_t popped = 0, wrong = 0;
  queue.pop_due(
      100, [&](std::uint32_t, std::int64_t) { ++popped; },
      [&](std::uint32_t task) {
        wrong += announced[task] || task < popped;
        announced[task] = true;
      });
  EXPECT_EQ(popped, timers);
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(std::ranges::count(announced, true), 900);
}

TEST(TimerQueue, AnnouncesTimersThatAreDueOneByOne) {
  constexpr std::uint32_t timers = 300;
  Queue queue;
  for (std::uint32_t task = 0; task < timers; ++task) queue.push(4'096 + 13 * task, task);
  std::vector<bool> announced(timers, false);
  std::uint32_t foreseen = 0, popped = 0, too_late = 0;
  queue.pop_due(
      second,
      [&](std::uint32_t task, std::int64_t) {
        foreseen += announced[task];
        ++popped;
      },
      [&](std::uint32_t task) {
        too_late += task < popped;
        announced[task] = true;
      });
  EXPECT_EQ(popped, timers);
  EXPECT_EQ(too_late, 0u);
  EXPECT_GT(foreseen, 200u);
}

// What a timer carries comes back with it, whatever its size.
TEST(TimerQueue, CarriesAValue) {
  using Wide = std::array<std::uint32_t, 4>;
  TimerQueue<Wide> queue;
  std::mt19937_64 random(3);
  for (std::uint32_t task = 0; task < 10'000; ++task)
    queue.push(static_cast<std::int64_t>(random() % second), {task, ~task, task * 3, 7});
  std::size_t right = 0;
  queue.pop_due(second, [&](Wide value, std::int64_t) {
    right += value == Wide{value[0], ~value[0], value[0] * 3, 7};
  });
  EXPECT_EQ(right, 10'000u);
}

TEST(TimerQueue, AMillionDistinctDeadlines) {
  std::vector<std::int64_t> deadlines(million);
  for (std::uint32_t i = 0; i < million; ++i) deadlines[i] = 1 + std::int64_t{i} * 997;
  std::shuffle(deadlines.begin(), deadlines.end(), std::mt19937_64(1));
  expect_in_order(deadlines, second / 1'000);
}

TEST(TimerQueue, AMillionEqualDeadlinesComeInTheOrderOfTheirPushes) {
  expect_in_order(std::vector<std::int64_t>(million, 123'456'789), second / 100);
}

TEST(TimerQueue, AMillionIndependentDeadlinesWithManyDuplicates) {
  auto deadlines = a_million_over_a_second(2);
  for (std::uint32_t i = 0; i < million; i += 2) deadlines[i] |= 0xffff;
  expect_in_order(deadlines, second / 500);
}

TEST(TimerQueue, HoldsAMillionTimersIn32BytesEachAtItsPeak) {
  for (const auto& deadlines : {a_million_over_a_second(4), std::vector<std::int64_t>(million, second)}) {
    Queue queue;
    for (std::uint32_t i = 0; i < million; ++i) queue.push(deadlines[i], i);
    EXPECT_GE(queue.bytes(), std::size_t{million} * (sizeof(std::int64_t) + sizeof(std::uint32_t)));
    while (!queue.empty()) queue.pop_due(queue.next_deadline(), [](std::uint32_t, std::int64_t) {});
    EXPECT_LE(queue.bytes(), std::size_t{million} * 32);  // never falls: this is the peak
  }
}

TEST(TimerQueue, MemoryIsUsedAgain) {
  Queue queue;
  std::mt19937_64 random(5);
  const auto set = [&](std::uint32_t task, std::int64_t now) {
    queue.push(now + 1 + static_cast<std::int64_t>(random() % second), task);
  };
  for (std::uint32_t task = 0; task < 10'000; ++task) set(task, 0);
  std::int64_t now = 0;
  for (; now < 3 * second; now += second / 1'000) queue.pop_due(now, set);
  const std::size_t held = queue.bytes();
  for (; now < 30 * second; now += second / 1'000) queue.pop_due(now, set);
  EXPECT_EQ(queue.size(), 10'000u);
  EXPECT_LE(queue.bytes(), held + held / 4);  // how the timers spread over buckets varies a little
}

TEST(TimerQueue, ASinkThatThrowsLosesOnlyItsOwnTimer) {
  Queue queue;
  for (std::uint32_t task = 0; task < 4; ++task) queue.push(10 + task / 2, task);
  const auto fail = [](std::uint32_t, std::int64_t) { throw std::runtime_error("step failed"); };
  EXPECT_THROW(queue.pop_due(20, fail), std::runtime_error);
  EXPECT_THROW(queue.pop_due(20, fail), std::runtime_error);
  EXPECT_EQ(queue.next_deadline(), 11);
  EXPECT_EQ(pop(queue, 20), (std::vector<Timer>{{11, 2}, {11, 3}}));
}

TEST(TimerQueue, ClearForgetsTimersAndTimeButKeepsTheMemory) {
  Queue queue;
  const auto fill = [&] {
    for (std::uint32_t task = 0; task < 50'000; ++task) queue.push(1 + std::int64_t{task} * 777, task);
  };
  fill();
  queue.push(hour, 50'000);
  EXPECT_EQ(pop(queue, 777'000).size(), 1'000u);
  const std::size_t held = queue.bytes();
  queue.clear();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.next_deadline(), never);
  fill();
  EXPECT_EQ(queue.bytes(), held);
  queue.push(10'000 * hour, 50'000);
  const auto popped = pop(queue, never);
  EXPECT_EQ(popped.size(), 50'001u);
  EXPECT_TRUE(std::is_sorted(popped.begin(), popped.end()));
}

}  // namespace
}  // namespace bookstore::backend
