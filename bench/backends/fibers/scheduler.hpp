// Boost.Fiber's round robin, on a thread that takes tasks from outside: its own fiber, the one that makes the
// others, sleeps until a task arrives.
#pragma once

#include <boost/fiber/algo/algorithm.hpp>
#include <boost/fiber/context.hpp>
#include <boost/fiber/operations.hpp>
#include <boost/fiber/scheduler.hpp>
#include <chrono>
#include <cstdint>
#include <optional>

#include "bench/backends/fibers/exchange.hpp"
#include "bench/backends/fibers/requests.hpp"

namespace bookstore::backend {

// Installed once on each thread. What it stands on outlives the thread.
class FiberScheduler final : public boost::fibers::algo::algorithm {
 public:
  FiberScheduler(FiberExchange& exchange, int worker) : exchange_(exchange), worker_(worker) { own_ = this; }

  // The calling thread's.
  static FiberScheduler& here() { return *own_; }

  // Where the thread's fibers wait over sockets from now on; null: they do not.
  void keep(FiberRequests* requests) { requests_ = requests; }
  FiberRequests* requests() const { return requests_; }

  // By the thread's own fiber: the next task, when there is one; nothing when no more come. Others run
  // meanwhile.
  std::optional<std::uint32_t> next_arrival() {
    takes_ = true;
    boost::this_fiber::yield();
    takes_ = false;
    return std::exchange(arrived_, std::nullopt);
  }

  void awakened(boost::fibers::context* fiber) noexcept override {
    if (takes_ && fiber->is_context(boost::fibers::type::main_context))
      taker_ = fiber;
    else
      fiber->ready_link(ready_);
  }

  boost::fibers::context* pick_next() noexcept override {
    for (boost::fibers::context* const fiber : exchange_.resumed(worker_)) fiber->ready_link(ready_);
    if (requests_ != nullptr)
      requests_->end_those_over([this](boost::fibers::context* fiber) { fiber->ready_link(ready_); });
    // Whoever arrives, and whoever goes on, by turns.
    takers_turn_ = !takers_turn_;
    if (taker_ != nullptr && (takers_turn_ || ready_.empty())) {
      arrived_ = exchange_.take();
      if (arrived_ || exchange_.closed()) return std::exchange(taker_, nullptr);
    }
    if (ready_.empty()) return nullptr;
    boost::fibers::context* const fiber = &ready_.front();
    ready_.pop_front();
    return fiber;
  }

  bool has_ready_fibers() const noexcept override { return !ready_.empty(); }
  void suspend_until(const std::chrono::steady_clock::time_point& time) noexcept override {
    const bool takes = taker_ != nullptr;
    if (requests_ != nullptr)
      requests_->idle([this, takes](SteadyAlarm& alarm) { exchange_.sleep_at(alarm, takes); });
    else
      exchange_.sleep_until(time, worker_, takes);
  }
  // For fibers that another thread wakes: none does, but through the exchange.
  void notify() noexcept override {}

 private:
  inline static thread_local FiberScheduler* own_ = nullptr;

  FiberExchange& exchange_;
  const int worker_;
  FiberRequests* requests_ = nullptr;
  boost::fibers::scheduler::ready_queue_type ready_;
  boost::fibers::context* taker_ = nullptr;
  bool takes_ = false;
  bool takers_turn_ = false;
  std::optional<std::uint32_t> arrived_;
};

}  // namespace bookstore::backend
