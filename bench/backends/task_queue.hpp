// A queue between threads as most people write it: one mutex, one condition variable.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

namespace bookstore::backend {

// Any thread may call any member.
class TaskQueue {
 public:
  void put(std::uint32_t task) {
    {
      const std::scoped_lock guard(lock_);
      tasks_.push_back(task);
    }
    changed_.notify_one();
  }

  std::size_t size() const {
    const std::scoped_lock guard(lock_);
    return tasks_.size();
  }

  // Nothing is put in any more: take() returns what is left, then nothing.
  void close() {
    {
      const std::scoped_lock guard(lock_);
      closed_ = true;
    }
    changed_.notify_all();
  }

  // The task that was put in first; sleeps until there is one. Nothing when the queue is closed and empty.
  std::optional<std::uint32_t> take() {
    std::unique_lock guard(lock_);
    changed_.wait(guard, [this] { return closed_ || !tasks_.empty(); });
    if (tasks_.empty()) return std::nullopt;
    const std::uint32_t task = tasks_.front();
    tasks_.pop_front();
    return task;
  }

 private:
  mutable std::mutex lock_;
  std::condition_variable changed_;
  std::deque<std::uint32_t> tasks_;
  bool closed_ = false;
};

}  // namespace bookstore::backend
