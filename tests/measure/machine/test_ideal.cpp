#include "bench/measure/machine/ideal.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <new>
#include <stdexcept>
#include <vector>

#include "bench/measure/machine/affinity.hpp"
#include "bench/measure/probes/cost.hpp"

namespace bookstore::measure {
namespace {

void spin() {
  for (const auto begin = thread_cpu_ns(); thread_cpu_ns() - begin < 1'000'000;) {
  }
}

// Two processes, on the same CPU where there is only one.
std::vector<int> two_cpus() {
  const std::vector<int> allowed = allowed_cpus();
  return {allowed.front(), allowed.back()};
}

TEST(Ideal, OfOneCpuIsOneByDefinition) {
  EXPECT_EQ(ideal_speedup(
                {allowed_cpus().front()}, [] { return spin; }, 3),
            1);
  EXPECT_EQ(ideal_speedup(
                {}, [] { return spin; }, 3),
            1);
}

// Counters that processes share.
class SharedCounts {
 public:
  SharedCounts()
      : memory_(
            mmap(nullptr, size * sizeof(Count), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    for (std::size_t i = 0; i < size; ++i) new (static_cast<Count*>(memory_) + i) Count(0);
  }
  ~SharedCounts() { munmap(memory_, size * sizeof(Count)); }
  SharedCounts(const SharedCounts&) = delete;
  SharedCounts& operator=(const SharedCounts&) = delete;

  std::atomic<int>& operator[](int i) { return static_cast<Count*>(memory_)[i]; }

 private:
  using Count = std::atomic<int>;
  static constexpr std::size_t size = 1 << 14;
  void* memory_;
};

TEST(Ideal, RunsTheLoopOnEveryCpuAloneAndTogether) {
  const std::vector<int> cpus = two_cpus();
  SharedCounts prepared, looped;
  const auto prepare = [&] {
    const std::vector<int> mask = allowed_cpus();
    if (mask.size() != 1) throw std::runtime_error("not pinned");
    const int cpu = mask.front();
    ++prepared[cpu];
    return [&looped, cpu] {
      ++looped[cpu];
      spin();
    };
  };
  EXPECT_GT(ideal_speedup(cpus, prepare, 2), 0);
  // Two rounds: each CPU is once the one that works alone, and works in both of the common runs.
  std::map<int, int> expected;
  for (const int cpu : cpus) expected[cpu] += 3;
  for (const auto& [cpu, times] : expected) {
    EXPECT_EQ(prepared[cpu], times);
    EXPECT_EQ(looped[cpu], times);
  }
}

TEST(Ideal, AFailureInAProcessIsAFailureOfTheWhole) {
  const auto fails_to_prepare = []() -> std::function<void()> { throw std::runtime_error("no"); };
  EXPECT_THROW(ideal_speedup(two_cpus(), fails_to_prepare, 1), std::runtime_error);
  const auto fails_in_the_loop = []() -> std::function<void()> {
    return [] { throw std::runtime_error("no"); };
  };
  EXPECT_THROW(ideal_speedup(two_cpus(), fails_in_the_loop, 1), std::runtime_error);
  EXPECT_THROW(ideal_speedup(
                   {two_cpus().front(), 16'000}, [] { return spin; }, 1),
               std::runtime_error)
      << "there is no such CPU";
}

}  // namespace
}  // namespace bookstore::measure
