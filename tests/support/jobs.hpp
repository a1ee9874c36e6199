// Jobs without a shop, which keep an account of how they were run.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "workloads/job.hpp"

namespace bookstore::test {

// Tasks of 1 to 4 steps with the waits that it is given in turn. Each task's account is written by its steps
// alone, without any lock: ThreadSanitizer sees a backend that lets two of them meet.
class AccountedJob {
 public:
  explicit AccountedJob(std::uint32_t tasks, std::vector<Wait> waits = {0})
      : waits_(std::move(waits)), next_step_(tasks, 0) {}

  std::uint32_t size() const { return static_cast<std::uint32_t>(next_step_.size()); }

  static std::uint32_t steps_of(std::uint32_t task) { return task % 4 + 1; }
  Wait wait_after(std::uint32_t task, std::uint32_t step) const {
    return step + 1 == steps_of(task) ? done : waits_[(task + step) % waits_.size()];
  }

  Wait step(std::uint32_t task, std::uint32_t step) {
    if (next_step_.at(task)++ != step) out_of_order_.fetch_add(1, std::memory_order_relaxed);
    return wait_after(task, step);
  }

  // Tasks whose steps were not all run exactly once.
  std::uint32_t tasks_not_done_once() const {
    std::uint32_t wrong = 0;
    for (std::uint32_t task = 0; task < size(); ++task) wrong += next_step_[task] != steps_of(task) ? 1 : 0;
    return wrong;
  }
  std::uint32_t steps_out_of_order() const { return out_of_order_.load(); }

 private:
  std::vector<Wait> waits_;
  std::vector<std::uint32_t> next_step_;
  std::atomic<std::uint32_t> out_of_order_{0};
};

// Tasks of two steps with a wait between, which counts how many are begun and unfinished at the same time,
// and the threads that run them.
class WaitingJob {
 public:
  WaitingJob(std::uint32_t tasks, Wait wait) : tasks_(tasks), wait_(wait) {}

  std::uint32_t size() const { return tasks_; }

  Wait step(std::uint32_t, std::uint32_t step) {
    const std::scoped_lock guard(lock_);
    threads_.insert(std::this_thread::get_id());
    if (step == 0) {
      most_in_flight_ = std::max(most_in_flight_, ++in_flight_);
      return wait_;
    }
    --in_flight_;
    ++finished_;
    return done;
  }

  std::uint32_t begun() const {
    const std::scoped_lock guard(lock_);
    return in_flight_ + finished_;
  }
  std::uint32_t finished() const { return finished_; }
  std::uint32_t most_in_flight() const { return most_in_flight_; }
  int threads() const { return static_cast<int>(threads_.size()); }

 private:
  std::uint32_t tasks_;
  Wait wait_;
  mutable std::mutex lock_;
  std::uint32_t in_flight_ = 0;
  std::uint32_t most_in_flight_ = 0;
  std::uint32_t finished_ = 0;
  std::set<std::thread::id> threads_;
};

}  // namespace bookstore::test
