// Sleeping, and the alarm that wakes one of several.
#include "bench/seam/clocks.hpp"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <system_error>
#include <thread>
#include <vector>

namespace bookstore::backend {
namespace {

constexpr std::int64_t millisecond = 1'000'000;

TEST(SteadyClockSleep, IsOverAtTheDeadlineAndNotBefore) {
  const SteadyClock clock;
  const std::int64_t deadline = clock.now() + 3 * millisecond;
  clock.sleep_until(deadline);
  EXPECT_GE(clock.now(), deadline);
}

TEST(SteadyClockSleep, ADeadlineThatHasPassedIsNone) {
  const SteadyClock clock;
  for (const std::int64_t deadline : {std::int64_t{-5}, std::int64_t{0}, clock.now() - millisecond})
    clock.sleep_until(deadline);
}

// The kernel refuses sleeps to one thread, by a filter that ends with it.
void refuse_sleeps_here() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_nanosleep, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{.len = std::size(program), .filter = program};
  ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0) << std::strerror(errno);
}

TEST(SteadyClockSleep, ThatTheSystemRefusesIsAnErrorAndNotTriedForEver) {
  std::error_code error;
  std::thread([&error] {
    refuse_sleeps_here();
    try {
      const SteadyClock clock;
      clock.sleep_until(clock.now() + 1'000 * millisecond);
    } catch (const std::system_error& refused) {
      error = refused.code();
    }
  }).join();
  EXPECT_EQ(error, std::errc::operation_not_permitted);
}

TEST(SteadyAlarm, LetsNobodySleepPastItsOwnDeadline) {
  SteadyAlarm alarm(1);
  const SteadyClock clock;
  for (int i = 0; i < 3; ++i) {
    const std::int64_t deadline = clock.now() + millisecond;
    alarm.set(never);
    while (clock.now() < deadline) alarm.sleep_until(0, deadline);
    EXPECT_GE(clock.now(), deadline);
  }
}

TEST(SteadyAlarm, GoesOffForWhoeverFallsAsleepLater) {
  SteadyAlarm alarm(1);
  alarm.set(SteadyClock{}.now() - millisecond);
  alarm.sleep_until(0, never);  // would never return
}

// Each time it goes off one of the sleepers answers, until all have.
TEST(SteadyAlarm, WakesEverySleeperInTurn) {
  constexpr int sleepers = 4;
  SteadyAlarm alarm(sleepers);
  std::atomic<int> awake{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < sleepers; ++i)
    threads.emplace_back([&, i] {
      alarm.sleep_until(i, never);
      // Silent again, or it would go off for those as well who fall asleep later.
      alarm.set(never);
      awake.fetch_add(1);
    });
  for (int expected = 1; expected <= sleepers; ++expected) {
    while (awake.load() < expected) {
      alarm.set(SteadyClock{}.now());
      std::this_thread::yield();
    }
  }
  EXPECT_EQ(awake.load(), sleepers);
}

TEST(SteadyAlarm, EndsForAllWhoSleepAndForAllWhoCome) {
  constexpr int sleepers = 3;
  SteadyAlarm alarm(sleepers);
  std::vector<std::jthread> threads;
  for (int i = 0; i + 1 < sleepers; ++i) threads.emplace_back([&, i] { alarm.sleep_until(i, never); });
  alarm.end();
  for (auto& thread : threads) thread.join();
  alarm.sleep_until(sleepers - 1, never);
}

TEST(EverybodysAlarm, LetsTheClockPassToWhateverComesFirst) {
  struct Time {
    std::int64_t* now;
    void sleep_until(std::int64_t deadline) const { *now = deadline; }
  };
  std::int64_t now = 0;
  EverybodysAlarm<Time> alarm(2, Time{&now});
  alarm.sleep_until(0, 70);
  EXPECT_EQ(now, 70);
  alarm.set(90);
  alarm.sleep_until(1, 100);
  EXPECT_EQ(now, 90);
  alarm.end();
  alarm.sleep_until(0, 500);
  EXPECT_EQ(now, 90);
}

}  // namespace
}  // namespace bookstore::backend
