#include "bench/closed/step_times.hpp"

#include "bench/closed/second_thread.hpp"
#include "workloads/bookstore/shop.hpp"

namespace bookstore {

namespace {

// Since somebody set it to nothing: how long this thread has held locks, and how many.
struct Holding {
  std::int64_t ns = 0;
  int locks = 0;
};
thread_local Holding holding;

struct TimedLocks {
  class Lock {
   public:
    void lock() { since_ = backend::SteadyClock{}.now(); }
    void unlock() {
      holding.ns += backend::SteadyClock{}.now() - since_;
      ++holding.locks;
    }

   private:
    std::int64_t since_ = 0;
  };
};

double bare_lock_ns() {
  constexpr int pairs = 10'000;
  const SecondThread second;
  workload::ShelfLocks::Lock lock;
  const backend::SteadyClock clock;
  std::vector<double> times(5);
  for (double& each : times) {
    const std::int64_t begin = clock.now();
    for (int pair = 0; pair < pairs; ++pair) {
      lock.lock();
      lock.unlock();
    }
    each = static_cast<double>(clock.now() - begin) / pairs;
  }
  return measure::median(times);
}

}  // namespace

ShopTimes time_shop(const workload::Plan& plan) {
  ShopTimes times;
  workload::Shop<workload::NoLocks> alone(plan);
  alone.open();
  times.steps = time_steps(alone);
  workload::Shop<TimedLocks> watched(plan);
  watched.open();
  times.held = medians_of_steps(watched, [reading = reading_ns(backend::SteadyClock{})](const auto& do_step) {
    holding = {};
    do_step();
    return static_cast<double>(holding.ns) - reading * holding.locks;
  });
  times.lock_ns = bare_lock_ns();
  return times;
}

}  // namespace bookstore
