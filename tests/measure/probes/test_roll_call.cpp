#include "bench/measure/probes/roll_call.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/seam/seat.hpp"

namespace bookstore::measure {
namespace {

using std::chrono::milliseconds;

// Says that it has three workers; runs the tasks on as many threads as it is built with, a share each.
struct Boaster {
  static constexpr backend::BackendTraits traits{"boaster", backend::Waits::blocking, false, false};
  int threads;

  int workers() const { return 3; }

  template <class J, class Door>
  void run(J& job, const Door&) {
    std::vector<std::jthread> pool;
    for (int i = 0; i < threads; ++i)
      pool.emplace_back([&job, i, this] {
        for (std::uint32_t task = static_cast<std::uint32_t>(i); task < job.size();
             task += static_cast<std::uint32_t>(threads))
          job.step(task, 0);
      });
  }
};

TEST(RollCallOfWorkers, PassesWhenAllAreThere) {
  Boaster honest{3};
  EXPECT_NO_THROW(call_roll(honest));
  EXPECT_NO_THROW(call_roll(honest, backend::Load::open));
}

TEST(RollCallOfWorkers, FindsThatSomeAreMissing) {
  for (const int threads : {1, 2}) {
    Boaster boaster{threads};
    try {
      call_roll(boaster, backend::Load::closed, milliseconds(200));
      FAIL() << threads << " threads passed for 3 workers";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "boaster has not the 3 workers that it was asked for");
    }
  }
}

TEST(RollCallOfWorkers, IsNotFooledByOneThreadThatAnswersForAll) {
  RollCall roll(2, milliseconds(50));
  roll.step(0, 0);
  roll.step(1, 0);
  EXPECT_NE(roll.workers_present(), 2);
}

TEST(Headcounts, CountEachThreadOnce) {
  ThreadIndex threads;
  Headcount headcount(threads);
  EXPECT_EQ(threads.threads(), 0);
  for (std::uint32_t task = 0; task < 10; ++task) headcount.before(task, 0);
  EXPECT_EQ(threads.threads(), 1);
  for (int i = 0; i < 4; ++i)
    std::thread([headcount] {
      headcount.before(0, 0);
      headcount.before(1, 0);
    }).join();
  EXPECT_EQ(threads.threads(), 5);
}

TEST(Headcounts, CountThreadsThatTakeTurnsInASeatOnce) {
  ThreadIndex threads;
  Headcount headcount(threads);
  backend::Seat first, second;
  for (backend::Seat* const seat : {&first, &second, &first, &first, &second})
    std::thread([headcount, seat] {
      backend::take_seat(*seat);
      headcount.before(0, 0);
    }).join();
  EXPECT_EQ(threads.threads(), 2);
  EXPECT_EQ(threads.here(), 2) << "the caller has a seat of its own";
}

TEST(Headcounts, OfOneRunDoNotCountForTheNext) {
  ThreadIndex first;
  EXPECT_EQ(first.here(), 0);
  ThreadIndex second;
  EXPECT_EQ(second.threads(), 0);
  int other = -1;
  std::thread([&] { other = second.here(); }).join();
  EXPECT_EQ(other, 0);
  EXPECT_EQ(second.here(), 1);
  EXPECT_EQ(second.here(), 1);
  EXPECT_EQ(second.threads(), 2);
  EXPECT_EQ(first.threads(), 1);
}

}  // namespace
}  // namespace bookstore::measure
