// A loop a thread: each with a heap of timers of its own, all claiming from one atomic counter.
#include <time.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "bench/overhead/raw/pool.hpp"
#include "bench/overhead/raw/runner.hpp"

namespace bookstore::overhead {

namespace {

std::int64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

class Grain : public GrainRunner {
 public:
  explicit Grain(int workers) : pool_(workers) {}

 private:
  using Timer = std::pair<std::int64_t, std::uint32_t>;

  void run(workload::GrainJob& job, std::uint32_t calls) override {
    next_.store(0, std::memory_order_relaxed);
    pool_.run([this, &job, calls] {
      std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers;
      for (;;) {
        while (!timers.empty() && timers.top().first <= now()) {
          const std::uint32_t due = timers.top().second;
          timers.pop();
          do_grain(job, due);
        }
        const std::uint32_t call = next_.fetch_add(1, std::memory_order_relaxed);
        if (call >= calls) return;
        do_grain(job, call);
      }
    });
  }

  Pool pool_;
  alignas(128) std::atomic<std::uint32_t> next_{0};
};

}  // namespace

template <>
std::unique_ptr<GrainRunner> make_grain_twin<BOOKSTORE_ALIGNMENT, Twin::event_loops>(int workers) {
  return std::make_unique<Grain>(workers);
}

}  // namespace bookstore::overhead
