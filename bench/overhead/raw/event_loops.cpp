// A loop a thread: each with a heap of timers of its own, and claiming from an atomic counter of its own,
// then from the others'.
#include <time.h>

#include <atomic>
#include <cstddef>
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
  explicit Grain(int workers) : parts_(static_cast<std::size_t>(workers)), pool_(workers) {}

 private:
  using Timer = std::pair<std::int64_t, std::uint32_t>;

  // Two cache lines apart: some processors fetch them in pairs.
  struct alignas(128) Part {
    std::atomic<std::uint32_t> next{0};
    std::uint32_t end = 0;
  };

  void run(workload::GrainJob& job, std::uint32_t calls) override {
    const std::uint64_t loops = parts_.size();
    for (std::uint64_t loop = 0; loop < loops; ++loop) {
      parts_[loop].next.store(static_cast<std::uint32_t>(calls * loop / loops), std::memory_order_relaxed);
      parts_[loop].end = static_cast<std::uint32_t>(calls * (loop + 1) / loops);
    }
    started_.store(0, std::memory_order_relaxed);
    pool_.run([this, &job] {
      std::size_t at = started_.fetch_add(1, std::memory_order_relaxed);
      std::size_t others = parts_.size() - 1;
      std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers;
      for (;;) {
        while (!timers.empty() && timers.top().first <= now()) {
          const std::uint32_t due = timers.top().second;
          timers.pop();
          do_grain(job, due);
        }
        // Read before: what is read behind an atomic operation waits for it.
        const std::uint32_t end = parts_[at].end;
        const std::uint32_t call = parts_[at].next.fetch_add(1, std::memory_order_relaxed);
        if (call < end) {
          do_grain(job, call);
        } else {
          if (others-- == 0) return;
          at = at + 1 == parts_.size() ? 0 : at + 1;
        }
      }
    });
  }

  std::vector<Part> parts_;
  std::atomic<std::size_t> started_{0};
  Pool pool_;
};

}  // namespace

template <>
std::unique_ptr<GrainRunner> make_grain_twin<BOOKSTORE_ALIGNMENT, Twin::event_loops>(int workers) {
  return std::make_unique<Grain>(workers);
}

}  // namespace bookstore::overhead
