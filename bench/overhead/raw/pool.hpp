// The threads that raw twins run on, as one writes a pool by hand.
#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace bookstore::overhead {

namespace {

class Pool {
 public:
  explicit Pool(int workers) {
    for (int worker = 0; worker < workers; ++worker) threads_.emplace_back([this] { work(); });
  }
  ~Pool() {
    body_ = nullptr;
    start();
    for (std::thread& thread : threads_) thread.join();
  }
  int size() const { return static_cast<int>(threads_.size()); }

  void run(std::function<void()> body) {
    body_ = std::move(body);
    running_.store(size(), std::memory_order_relaxed);
    start();
    for (int left = running_.load(); left != 0; left = running_.load()) running_.wait(left);
  }

 private:
  void start() {
    round_.fetch_add(1);
    round_.notify_all();
  }
  void work() {
    for (std::uint32_t seen = 0;; ++seen) {
      round_.wait(seen);
      if (!body_) return;
      body_();
      if (running_.fetch_sub(1) == 1) running_.notify_one();
    }
  }

  std::function<void()> body_;
  // Two cache lines apart: some processors fetch them in pairs.
  alignas(128) std::atomic<std::uint32_t> round_{0};
  alignas(128) std::atomic<int> running_{0};
  std::vector<std::thread> threads_;
};

}  // namespace

}  // namespace bookstore::overhead
