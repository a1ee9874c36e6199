// A thread that ends waits, as one writes it by hand.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <utility>
#include <vector>

namespace bookstore::overhead {

namespace {

// Calls end(token) when its wait is over. Ends when it is destroyed; nothing may wait then.
template <class Token, class End>
class Timers {
 public:
  explicit Timers(End end) : end_(std::move(end)), thread_([this] { serve(); }) {}
  ~Timers() {
    {
      const std::scoped_lock guard(lock_);
      over_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  // Any thread; a time of the steady clock, in nanoseconds.
  void add(std::int64_t at, Token token) {
    bool first = false;
    {
      const std::scoped_lock guard(lock_);
      first = waits_.empty() || at < waits_.top().at;
      waits_.push({at, token});
    }
    if (first) changed_.notify_one();
  }

 private:
  struct Wait {
    std::int64_t at;
    Token token;
    bool operator>(const Wait& other) const { return at > other.at; }
  };
  using Clock = std::chrono::steady_clock;

  void serve() {
    std::unique_lock guard(lock_);
    while (!over_) {
      if (waits_.empty()) {
        changed_.wait(guard);
        continue;
      }
      const Clock::time_point at{std::chrono::nanoseconds(waits_.top().at)};
      if (Clock::now() < at) {
        changed_.wait_until(guard, at);
        continue;
      }
      const Token token = waits_.top().token;
      waits_.pop();
      guard.unlock();
      end_(token);
      guard.lock();
    }
  }

  End end_;
  std::mutex lock_;
  std::condition_variable changed_;
  std::priority_queue<Wait, std::vector<Wait>, std::greater<>> waits_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace

}  // namespace bookstore::overhead
