// Runtimes of other languages: what they leave alone, and what of theirs could reach a run.
#include "bench/backends/foreign.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include "bench/backends/registry.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/probes/roll_call.hpp"
#include "bench/measure/probes/thread_index.hpp"
#include "tests/support/jobs.hpp"

namespace bookstore::backend {
namespace {

template <class Backend>
class ForeignBackends : public testing::Test {};
using Languages = testing::Types<
#ifdef BOOKSTORE_HAVE_GO
    Go
#endif
#if defined(BOOKSTORE_HAVE_GO) && defined(BOOKSTORE_HAVE_TOKIO)
    ,
#endif
#ifdef BOOKSTORE_HAVE_TOKIO
    Tokio
#endif
    >;
TYPED_TEST_SUITE(ForeignBackends, Languages);

// Steps longer than any runtime waits for a call to come back before it lets another thread go on.
struct LongSteps {
  std::atomic<int> within{0};
  std::atomic<int> most{0};

  std::uint32_t size() const { return 400; }
  Wait step(std::uint32_t, std::uint32_t step) {
    const int now = within.fetch_add(1) + 1;
    int seen = most.load();
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(100);
    while (std::chrono::steady_clock::now() < end) {
    }
    within.fetch_sub(1);
    return step == 0 ? 1'000 : done;
  }
};

TYPED_TEST(ForeignBackends, RunNoMoreStepsAtATimeThanWorkers) {
  for (const int workers : {1, 3}) {
    TypeParam backend(workers);
    measure::ThreadIndex threads;
    LongSteps job;
    backend.run(job, AllAtOnce{}, measure::Headcount(threads));
    EXPECT_LE(job.most.load(), workers);
    EXPECT_LE(threads.threads(), workers);
  }
}

// The first task sleeps for an hour of the machine's time.
struct Sleepers {
  std::uint32_t size() const { return 3; }
  Wait step(std::uint32_t task, std::uint32_t step) {
    if (task == 2 && step == 1) throw std::runtime_error("spilled");
    return task == 2 ? 1'000'000 : Wait{3'600'000'000'000};
  }
};

TYPED_TEST(ForeignBackends, AwaitNobodyAfterAFailure) {
  TypeParam backend(2);
  for (int run = 0; run < 2; ++run) {
    Sleepers job;
    EXPECT_THROW(backend.run(job, AllAtOnce{}), std::runtime_error);
    EXPECT_THROW(backend.run(job, AllAtOnce{.in_flight = 3}), std::runtime_error);
  }
  test::AccountedJob next(300, {0, 1'000});
  backend.run(next, AllAtOnce{});
  EXPECT_EQ(next.tasks_not_done_once(), 0u);
}

[[noreturn]] void end_unless(bool right, const char* what) {
  if (!right) std::fprintf(stderr, "not so: %s\n", what);
  std::exit(right ? 0 : 1);
}

bool handled(int signal) {
  struct sigaction action {};
  sigaction(signal, nullptr, &action);
  return action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
}

// What is linked in or brought along takes no thread and no signal before it is asked for.
[[noreturn]] void ask_others_first() {
  if (measure::thread_count() != 1) end_unless(false, "one thread at the start");
  { Threads backend(2); }
  for (int signal = 1; signal < SIGRTMIN; ++signal)
    if (handled(signal)) end_unless(false, "no signal is handled");
  end_unless(true, "");
}

TEST(ForeignRuntimes, DoNothingUntilTheyAreAskedFor) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(ask_others_first(), testing::ExitedWithCode(0), "");
}

// What ends a process still does when they are there: in the caller, and in a step.
struct Raising {
  int signal;
  std::uint32_t size() const { return 1; }
  Wait step(std::uint32_t, std::uint32_t) {
    raise(signal);
    return done;
  }
};

template <class Backend>
[[noreturn]] void raise_within(int signal, bool in_step) {
  Backend backend(2);
  measure::call_roll(backend);
  Raising job{signal};
  if (in_step)
    backend.run(job, AllAtOnce{});
  else
    raise(signal);
  end_unless(false, "the signal ends the process");
}

TYPED_TEST(ForeignBackends, LeaveSignalsAsTheyWere) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGSEGV})
    for (const bool in_step : {false, true})
      EXPECT_EXIT(raise_within<TypeParam>(signal, in_step), testing::KilledBySignal(signal), "") << signal;
}

}  // namespace
}  // namespace bookstore::backend
