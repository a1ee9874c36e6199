// A row that does not end is ended, and the line says where it hangs.
#include "bench/measure/probes/watchdog.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <thread>

#include "bench/measure/probes/whereabouts.hpp"
#include "tests/support/backends.hpp"
#include "tests/support/build.hpp"
#include "tests/support/durations.hpp"
#include "tests/support/jobs.hpp"

namespace bookstore::measure {
namespace {

using namespace std::chrono_literals;

// Tasks of two steps. In step `bad_step` of task `bad` the watchdog is set, and what hangs begins: a step
// that does not return, or a wait that is not over before the test's patience is.
struct HangingJob {
  std::uint32_t tasks = 0;
  std::uint32_t bad = 0;
  std::uint32_t bad_step = 0;
  bool waits = false;
  std::optional<Watchdog> watchdog{};

  std::uint32_t size() const { return tasks; }
  Wait step(std::uint32_t task, std::uint32_t step) {
    if (task != bad || step != bad_step) return step == 0 ? 0 : done;
    watchdog.emplace("bench", "a/row", 60ms, 1);
    if (waits) return test::hour;
    for (;;) std::this_thread::sleep_for(1h);
  }
};

template <class Backend>
[[noreturn]] void hang(HangingJob job) {
  Backend backend(test::workers_of<Backend>(3));
  Whereabouts whereabouts(backend.workers());
  backend.run(job, backend::AllAtOnce{}, Watched(whereabouts, backend));
  std::exit(0);
}

template <class Backend>
class Watchdogs : public testing::Test {
 public:
  void SetUp() override {
    if (test::thread_sanitizer) GTEST_SKIP() << "ThreadSanitizer keeps the signal back";
    GTEST_FLAG_SET(death_test_style, "threadsafe");
  }
};
TYPED_TEST_SUITE(Watchdogs, test::AllBackends, test::BackendNames);

TYPED_TEST(Watchdogs, NameTheStepThatDoesNotReturn) {
  for (const std::uint32_t step : {0u, 1u})
    EXPECT_EXIT(hang<TypeParam>({.tasks = 20, .bad = 7, .bad_step = step}), testing::ExitedWithCode(1),
                "^bench: a/row hangs: not ended after 0.06 s; worker [012] is in step " +
                    std::to_string(step) + " of task 7[^\n]*\n$");
}

// An overlapped backend goes on with other tasks: only the last one shows.
TYPED_TEST(Watchdogs, NameTheTaskWhoseWaitDoesNotEnd) {
  EXPECT_EXIT(hang<TypeParam>({.tasks = 8, .bad = 7, .waits = true}), testing::ExitedWithCode(1),
              "a/row hangs: [^\n]*worker [012] was last in step [01] of task [0-7]");
}

TEST(Watchdog, SaysThatNoTaskWasBegun) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const Watchdog watchdog("bench", "a/row", 20ms, 3);
        std::this_thread::sleep_for(1h);
      },
      testing::ExitedWithCode(3), "a/row hangs: not ended after 0.02 s; it is in no run of its tasks\n");
  EXPECT_EXIT(
      {
        const Whereabouts whereabouts(2);
        const Watchdog watchdog("bench", "a/row", 20ms, 1);
        std::this_thread::sleep_for(1h);
      },
      testing::ExitedWithCode(1), "no worker has begun a task\n");
}

TEST(Watchdog, NamesTheFirstOfManyWorkers) {
  if (test::thread_sanitizer) GTEST_SKIP() << "ThreadSanitizer keeps the signal back";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        constexpr std::uint32_t workers = 12;
        backend::Threads backend(workers);
        Whereabouts whereabouts(workers);
        struct Job {
          std::atomic<std::uint32_t> present{0};
          std::optional<Watchdog> watchdog{};
          std::uint32_t size() const { return workers; }
          Wait step(std::uint32_t, std::uint32_t) {
            if (++present == workers) watchdog.emplace("bench", "a/row", 20ms, 1);
            for (;;) std::this_thread::sleep_for(1h);
          }
        } job;
        backend.run(job, backend::AllAtOnce{}, Watched(whereabouts, backend));
      },
      testing::ExitedWithCode(1), "is in step 0 of task [0-9]+; and 4 more\n");
}

TEST(Watchdog, LeavesAloneWhoEndsInTime) {
  for (int row = 0; row < 3; ++row) {
    { const Watchdog watchdog("bench", "a/row", 1h, 1); }
    const Watchdog next("bench", "a/row", 10ms * (row + 1), 1);
  }
  std::this_thread::sleep_for(60ms);
}

TEST(Watchdog, HasPatienceForSlowMachines) {
  EXPECT_EQ(patience_for(0), 60s);
  EXPECT_EQ(patience_for(2), 100s);
  EXPECT_GT(patience_for(1e300), 24h * 365);
}

TEST(WhereaboutsOfARun, DoNotCountThoseOfTheLast) {
  for (int run = 0; run < 2; ++run) {
    backend::Threads backend(2);
    Whereabouts whereabouts(2);
    test::AccountedJob job(100);
    backend.run(job, backend::AllAtOnce{}, Watched(whereabouts, backend));
    EXPECT_EQ(Whereabouts::current(), &whereabouts);
    int seen = 0;
    for (const auto& place : whereabouts.places()) {
      EXPECT_FALSE(place.inside.load());
      seen += place.worker.load() >= 0 ? 1 : 0;
    }
    EXPECT_GE(seen, 1);
  }
  EXPECT_EQ(Whereabouts::current(), nullptr);
}

}  // namespace
}  // namespace bookstore::measure
