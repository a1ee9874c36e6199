// How the event loop dates waits and shares wake-ups, on a clock that moves by sleeping and by the steps'
// work.
#include "bench/backends/event_loop/event_loop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace bookstore::backend {
namespace {

constexpr std::int64_t microsecond = 1'000;
constexpr std::int64_t second = 1'000'000'000;

struct CountedTime {
  std::int64_t now = 5 * second;
  int readings = 0;
  int sleeps = 0;
};

struct CountingClock {
  CountedTime* time;

  std::int64_t now() const {
    ++time->readings;
    return time->now;
  }
  void sleep_until(std::int64_t deadline) const {
    ++time->sleeps;
    time->now = std::max(time->now, deadline);
  }
};

// What a task does before it waits, and for how long it waits.
struct Customer {
  std::int64_t work;
  Wait wait;
};

// Each task waits once, and notes by how much that was too long. Going on takes no time.
class WaitingOnce {
 public:
  WaitingOnce(CountedTime& time, std::vector<Customer> customers)
      : time_(time), customers_(std::move(customers)), late_(customers_.size(), 0) {}

  std::uint32_t size() const { return static_cast<std::uint32_t>(customers_.size()); }
  Wait step(std::uint32_t task, std::uint32_t step) {
    if (step == 1) {
      late_[task] += time_.now;
      return done;
    }
    time_.now += customers_[task].work;
    late_[task] = -(time_.now + customers_[task].wait);
    return customers_[task].wait;
  }

  std::int64_t late(std::uint32_t task) const { return late_[task]; }
  std::int64_t least_late() const { return *std::ranges::min_element(late_); }
  std::int64_t most_late() const { return *std::ranges::max_element(late_); }

  // Thousandths of its wait by which the worst task went on late.
  double most_late_share() const {
    double most = 0;
    for (std::uint32_t task = 0; task < size(); ++task)
      most =
          std::max(most, 1e3 * static_cast<double>(late_[task]) / static_cast<double>(customers_[task].wait));
    return most;
  }

 private:
  CountedTime& time_;
  std::vector<Customer> customers_;
  std::vector<std::int64_t> late_;
};

template <class WaitEnds = RoundedWaits>
CountedTime run(WaitingOnce& job, CountedTime& time) {
  EventLoop loop(1);
  loop.run(job, AllAtOnce{}, NoProbe{}, Timers<CountingClock, WaitEnds>(CountingClock{&time}));
  return time;
}

TEST(EventLoop, LongWaitsThatBeginCloseTogetherShareAReadingOfTheClock) {
  CountedTime time;
  WaitingOnce job(time, std::vector(1'000, Customer{100, second}));
  run(job, time);
  EXPECT_LE(time.readings, 300);  // as the tasks go on, one in eight steps
  EXPECT_GE(job.least_late(), 0);
  EXPECT_LE(job.most_late_share(), 1);
}

TEST(EventLoop, ShortWaitsAreDatedOneByOne) {
  CountedTime time;
  WaitingOnce job(time, std::vector(50, Customer{microsecond, 100 * microsecond}));
  run(job, time);
  EXPECT_GE(time.readings, 50);
  EXPECT_GE(job.least_late(), 0);
  EXPECT_LE(job.most_late_share(), 1);
}

// One customer in twenty takes so long that those who began just before him would wait too long.
TEST(EventLoop, StepsThatTakeLongNowAndThenMakeNobodyLateButAtFirst) {
  CountedTime time;
  std::vector<Customer> customers(1'000, Customer{100, second});
  for (std::size_t i = 50; i < customers.size(); i += 20) customers[i].work = 10'000 * microsecond;
  WaitingOnce job(time, customers);
  run(job, time);
  EXPECT_GE(job.least_late(), 0);
  for (std::uint32_t task = 58; task < job.size(); ++task)
    ASSERT_LE(job.late(task), second / 1'000) << "task " << task;
}

TEST(EventLoop, AShortWaitAmongLongOnesIsDatedAtOnceAndSeenAtTheNextReading) {
  CountedTime time;
  std::vector<Customer> customers(200, Customer{100, second});
  customers[100].wait = 2 * microsecond;
  WaitingOnce job(time, customers);
  run(job, time);
  EXPECT_GE(job.least_late(), 0);
  EXPECT_LE(job.late(100), 8 * 100);
}

TEST(EventLoop, HasNoClockUnreadForLongerThanOthersCanBearHoweverLongTheWaits) {
  CountedTime time;
  std::vector<Customer> customers(500, Customer{5 * microsecond, 1'000 * second});
  customers[400].wait = 50 * microsecond;
  WaitingOnce job(time, customers);
  run(job, time);
  EXPECT_GE(job.least_late(), 0);
  EXPECT_LE(job.late(400), 15 * microsecond);
}

std::vector<Customer> scattered_over_a_second() {
  std::mt19937_64 random(3);
  std::vector<Customer> customers(10'000);
  for (Customer& each : customers) each = {100, second / 5 + static_cast<Wait>(random() % second)};
  return customers;
}

// A thousandth of the wait for each sleep: ln(1.2 / 0.2) * 1,000 sleeps, were each of them used whole.
TEST(EventLoop, WaitsThatEndWithinAThousandthShareASleep) {
  CountedTime time;
  WaitingOnce job(time, scattered_over_a_second());
  run(job, time);
  EXPECT_GT(time.sleeps, 1'500);
  EXPECT_LT(time.sleeps, 2'100);
  EXPECT_GE(job.least_late(), 0);
  EXPECT_LE(job.most_late_share(), 1);
}

TEST(EventLoop, ExactWaitsAreDatedOneByOneEvenIfNoTimePasses) {
  CountedTime time;
  std::vector<Customer> customers(40, Customer{0, second});
  for (std::size_t i = 20; i < customers.size(); ++i) customers[i].work = microsecond;
  WaitingOnce job(time, customers);
  run<ExactWaits>(job, time);
  EXPECT_EQ(job.least_late(), 0);
  EXPECT_EQ(job.most_late(), 0);
}

TEST(EventLoop, ExactWaitsSleepForEachTaskAndEndToTheNanosecond) {
  CountedTime time;
  std::vector<Customer> customers = scattered_over_a_second();
  WaitingOnce job(time, customers);
  run<ExactWaits>(job, time);
  EXPECT_GT(time.sleeps, 9'900);
  EXPECT_GE(job.least_late(), 0);
  EXPECT_LE(job.most_late(), 0);
}

}  // namespace
}  // namespace bookstore::backend
