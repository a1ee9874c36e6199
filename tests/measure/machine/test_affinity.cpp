#include "bench/measure/machine/affinity.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <latch>
#include <map>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "bench/measure/machine/mask.hpp"
#include "bench/seam/placement.hpp"

namespace bookstore::measure {
namespace {

TEST(CpuList, JoinsNeighboursIntoRanges) {
  EXPECT_EQ(cpu_list({}), "");
  EXPECT_EQ(cpu_list({0}), "0");
  EXPECT_EQ(cpu_list({0, 1, 4}), "0-1,4");
  EXPECT_EQ(cpu_list({3, 5, 6, 7}), "3,5-7");
  EXPECT_EQ(cpu_list({0, 2, 4}), "0,2,4");
  EXPECT_EQ(cpu_list({10, 11}), "10-11");
}

TEST(Cpus, AreAscendingAndNotNone) {
  const std::vector<int> allowed = allowed_cpus();
  ASSERT_FALSE(allowed.empty());
  EXPECT_EQ(std::ranges::adjacent_find(allowed, std::greater_equal{}), allowed.end());
  EXPECT_EQ(usable_cores(), static_cast<int>(allowed.size()));
}

TEST(Cpus, InTheOrderOfASweepAreTheAllowedOnes) {
  std::vector<int> preferred = preferred_cpus();
  std::ranges::sort(preferred);
  EXPECT_EQ(preferred, allowed_cpus());
}

// On a thread of its own: a mask cannot be given back to the test's thread where another test may need it.
TEST(Mask, HoldsForTheThreadThatSetsItAndForWhatItStarts) {
  const std::vector<int> before = allowed_cpus();
  const std::vector<int> last{before.back()};
  std::vector<int> in_thread, in_child, preferred;
  std::thread([&] {
    set_mask(last);
    in_thread = allowed_cpus();
    preferred = preferred_cpus();
    std::thread([&] { in_child = allowed_cpus(); }).join();
  }).join();
  EXPECT_EQ(in_thread, last);
  EXPECT_EQ(in_child, last);
  EXPECT_EQ(preferred, last);
  EXPECT_EQ(allowed_cpus(), before);
}

// On a thread of its own, as above; another one is pinned beside it.
TEST(PinnedThreads, StayOnOneCpuEachUntilTheyAreFreeAgain) {
  const std::vector<int> allowed = allowed_cpus();
  std::thread([&] {
    std::latch pinned(1), seen(1), freed(1);
    int other = 0;
    std::vector<int> other_while, other_after;
    std::latch known(1);
    std::thread thread([&] {
      other = gettid();
      known.count_down();
      pinned.wait();
      other_while = allowed_cpus();
      seen.count_down();
      freed.wait();
      other_after = allowed_cpus();
    });
    known.wait();
    {
      const PinnedThreads both({{gettid(), allowed.front()}, {other, allowed[1 % allowed.size()]}});
      EXPECT_EQ(allowed_cpus(), std::vector<int>{allowed.front()});
      pinned.count_down();
      seen.wait();
    }
    freed.count_down();
    thread.join();
    EXPECT_EQ(other_while, std::vector<int>{allowed[1 % allowed.size()]});
    EXPECT_EQ(other_after, allowed);
    EXPECT_EQ(allowed_cpus(), allowed);
    const PinnedThreads one_that_has_ended(std::map<int, int>{{other, allowed.front()}});
  }).join();
}

TEST(Threads, AreListedOnceEach) {
  const std::vector<int> threads = backend::thread_ids();
  EXPECT_TRUE(std::ranges::binary_search(threads, getpid()));
  EXPECT_EQ(std::ranges::adjacent_find(threads, std::greater_equal{}), threads.end());
}

// The system's own listing ends early where a thread ends under its eyes.
TEST(Threads, AreAllListedWhileOthersComeAndGo) {
  std::atomic<bool> enough{false};
  std::thread coming_and_going([&] {
    while (!enough) std::thread([] {}).join();
  });
  for (int round = 0; round < 500; ++round) {
    std::thread brief([] {});
    std::atomic<pid_t> id{0};
    std::latch listed(1);
    std::thread staying([&] {
      id = gettid();
      id.notify_one();
      listed.wait();
    });
    id.wait(0);
    EXPECT_TRUE(std::ranges::binary_search(backend::thread_ids(), id.load()));
    listed.count_down();
    brief.join();
    staying.join();
  }
  enough = true;
  coming_and_going.join();
}

// What a pinned thread starts while it has not been freed yet is pinned like it.
TEST(Threads, AreAllFreedWhileAPinnedOneStartsOthers) {
  const std::vector<int> allowed = allowed_cpus();
  if (allowed.size() < 2) GTEST_SKIP() << "one CPU: no two masks can differ";
  for (int round = 0; round < 20; ++round) {
    std::latch looked(1);
    std::vector<std::thread> before;  // freed first
    for (int i = 0; i < 30; ++i) before.emplace_back([&] { looked.wait(); });
    std::latch one_started(1), all_started(1);
    std::thread starting([&] {
      set_mask({allowed.front()});
      std::vector<std::thread> others;
      for (int i = 0; i < 20; ++i) {
        others.emplace_back([&] { looked.wait(); });
        if (i == 0) one_started.count_down();
      }
      all_started.count_down();
      for (std::thread& other : others) other.join();
    });
    one_started.wait();
    backend::free_all_threads(allowed);
    all_started.wait();
    for (const int thread : backend::thread_ids()) EXPECT_EQ(backend::cpus_of(thread), allowed);
    looked.count_down();
    starting.join();
    for (std::thread& thread : before) thread.join();
  }
}

std::string state_of_main_thread() {
  std::ifstream file("/proc/self/task/" + std::to_string(getpid()) + "/stat");
  std::string line;
  std::getline(file, line);
  return line.substr(line.rfind(')') + 2, 1);
}

// A thread that ends is listed for a moment after it was joined; a main thread that ends stays so for as long
// as there are others. In a process of its own, which ends as the other thread says.
TEST(ThreadsDeathTest, ThatEndHaveNoMask) {
  const std::vector<int> allowed = allowed_cpus();
  if (allowed.size() < 2) GTEST_SKIP() << "one CPU: no two masks can differ";
  EXPECT_EXIT(
      {
        std::thread([&] {
          while (state_of_main_thread() != "Z") usleep(1000);
          const bool listed = std::ranges::binary_search(backend::thread_ids(), getpid());
          _exit(listed || common_mask_size() != static_cast<int>(allowed.size()) ? 1 : 0);
        }).detach();
        set_mask({allowed.back()});
        syscall(SYS_exit, 0);  // this thread alone, without unwinding what the other one still reads
      },
      testing::ExitedWithCode(0), "");
}

TEST(Mask, OfAllThreadsIsComparedWithTheMainOne) {
  const std::vector<int> allowed = allowed_cpus();
  EXPECT_EQ(common_mask_size(), static_cast<int>(allowed.size()));
  if (allowed.size() < 2) GTEST_SKIP() << "one CPU: no two masks can differ";
  std::latch masked(1), compared(1);
  std::thread other([&] {
    set_mask({allowed.front()});
    masked.count_down();
    compared.wait();
  });
  masked.wait();
  EXPECT_THROW(common_mask_size(), std::runtime_error);
  compared.count_down();
  other.join();
  EXPECT_EQ(common_mask_size(), static_cast<int>(allowed.size()));
}

TEST(Mask, OfNoCpuIsRefused) { EXPECT_THROW(set_mask({}), std::system_error); }

// In a thread of its own, whose mask is nobody else's.
TEST(CpusOutsideTheMask, AreThoseThatWereUsableBefore) {
  std::jthread([] {
    const std::vector<int> before = allowed_cpus();
    std::string told = std::to_string(before.size()) + " 1";
    for (const int cpu : before) told += " " + std::to_string(cpu);
    setenv("BOOKSTORE_STARTED", told.c_str(), 1);
    EXPECT_TRUE(cpus_outside_mask().empty());
    EXPECT_FALSE(leave_mask());
    EXPECT_EQ(allowed_cpus(), before);
    set_mask({before[0]});
    const std::vector<int> others(before.begin() + 1, before.end());
    EXPECT_EQ(cpus_outside_mask(), others);
    EXPECT_EQ(leave_mask(), !others.empty());
    if (!others.empty()) {
      EXPECT_EQ(allowed_cpus(), others);
    }
    unsetenv("BOOKSTORE_STARTED");
    EXPECT_TRUE(cpus_outside_mask().empty()) << "nothing is known of a process without a mask";
  });
}

}  // namespace
}  // namespace bookstore::measure
