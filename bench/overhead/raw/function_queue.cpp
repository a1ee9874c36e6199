// The pool that everybody writes first: std::function in a queue under a mutex, with a condition variable.
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "bench/overhead/raw/runner.hpp"

namespace bookstore::overhead {

namespace {

class Grain : public GrainRunner {
 public:
  explicit Grain(int workers) {
    for (int worker = 0; worker < workers; ++worker) threads_.emplace_back([this] { work(); });
  }
  ~Grain() override {
    {
      const std::scoped_lock guard(lock_);
      stopping_ = true;
    }
    filled_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void run(workload::GrainJob& job, std::uint32_t calls) override {
    unfinished_ = calls;
    for (std::uint32_t call = 0; call < calls; ++call) {
      {
        const std::scoped_lock guard(lock_);
        tasks_.emplace_back([&job, call] { do_grain(job, call); });
      }
      filled_.notify_one();
    }
    std::unique_lock guard(lock_);
    finished_.wait(guard, [this] { return unfinished_ == 0; });
  }

  void work() {
    std::unique_lock guard(lock_);
    for (;;) {
      filled_.wait(guard, [this] { return stopping_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      const std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      guard.unlock();
      task();
      guard.lock();
      if (--unfinished_ == 0) finished_.notify_one();
    }
  }

  std::mutex lock_;
  std::condition_variable filled_;
  std::condition_variable finished_;
  std::deque<std::function<void()>> tasks_;
  std::uint32_t unfinished_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

template <>
std::unique_ptr<GrainRunner> make_grain_twin<BOOKSTORE_ALIGNMENT, Twin::function_queue>(int workers) {
  return std::make_unique<Grain>(workers);
}

}  // namespace bookstore::overhead
