// A thread for each task: who they are, how many live at a time, and where the machine gives no more.
#include "bench/backends/thread_per_task.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "bench/measure/probes/roll_call.hpp"
#include "bench/measure/probes/thread_index.hpp"
#include "tests/support/build.hpp"

namespace bookstore::backend {
namespace {

// Each task notes the system's number of its thread, and its worker.
struct NotedJob {
  const ThreadPerTask* backend;
  std::vector<int> threads, workers;

  NotedJob(const ThreadPerTask& of, std::uint32_t tasks) : backend(&of), threads(tasks), workers(tasks) {}
  std::uint32_t size() const { return static_cast<std::uint32_t>(threads.size()); }
  Wait step(std::uint32_t task, std::uint32_t) {
    threads[task] = gettid();
    workers[task] = backend->worker();
    return done;
  }
};

TEST(ThreadPerTask, GivesEachTaskANewThreadInOneOfAFewPlaces) {
  ThreadPerTask backend(3);
  NotedJob job(backend, 200);
  measure::ThreadIndex threads;
  backend.run(job, AllAtOnce{}, measure::Headcount(threads));
  EXPECT_EQ(std::set<int>(job.threads.begin(), job.threads.end()).size(), 200u);
  EXPECT_EQ(std::set<int>(job.workers.begin(), job.workers.end()), (std::set<int>{0, 1, 2}));
  EXPECT_EQ(threads.threads(), 3) << "each place is one worker";
}

struct WaitingTasks {
  std::uint32_t size() const { return 3'000; }
  Wait step(std::uint32_t, std::uint32_t step) { return step == 0 ? 300'000'000 : done; }
};

// What make_backend finds before a run may be gone by then.
[[noreturn]] void run_with_few_addresses() {
  ThreadPerTask backend(3'000);
  constexpr rlimit addresses{1'500'000'000, 1'500'000'000};
  if (setrlimit(RLIMIT_AS, &addresses) != 0) std::exit(3);
  WaitingTasks job;
  try {
    backend.run(job, AllAtOnce{});
  } catch (const LimitReached& limit) {
    std::fputs(limit.what(), stderr);
    std::exit(0);
  } catch (...) {
    std::exit(2);
  }
  std::exit(1);
}

TEST(ThreadPerTask, SaysAtHowManyTheMachineGaveNoMore) {
  if (test::address_sanitizer || test::thread_sanitizer) GTEST_SKIP() << "built with a sanitizer";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(run_with_few_addresses(), testing::ExitedWithCode(0),
              "thread_per_task: at [1-9][0-9]+ threads the machine gave no more; ask for fewer workers");
}

}  // namespace
}  // namespace bookstore::backend
