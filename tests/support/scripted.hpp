// A clock that moves by sleeping and by the steps' own work, and jobs whose every step is written down.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "workloads/job.hpp"

namespace bookstore::test {

// Times are in ticks: at multiples of a power of two an event loop rounds no deadline.
inline constexpr std::int64_t tick = 1024;
inline constexpr std::int64_t start = tick << 20;

// Time for one thread at a time. Each sleep ends late by the next of `lateness`, in ticks; by nothing when
// there is none left.
class VirtualTime {
 public:
  explicit VirtualTime(std::deque<std::int64_t> lateness = {}) : lateness_(std::move(lateness)) {}

  class Handle {
   public:
    explicit Handle(VirtualTime& time) : time_(&time) {}
    std::int64_t now() const { return time_->now_; }
    void sleep_until(std::int64_t deadline) const { time_->sleep_until(deadline); }

   private:
    VirtualTime* time_;
  };

  Handle handle() { return Handle(*this); }
  void pass(std::int64_t ticks) { now_ += ticks * tick; }

 private:
  void sleep_until(std::int64_t deadline) {
    now_ = std::max(now_, deadline);
    if (lateness_.empty()) return;
    pass(lateness_.front());
    lateness_.pop_front();
  }

  std::int64_t now_ = start;
  std::deque<std::int64_t> lateness_;
};

struct ScriptedStep {
  std::int64_t work = 0;  // ticks
  std::int64_t wait = 0;  // ticks; of a task's last step without meaning
};
using Script = std::vector<std::vector<ScriptedStep>>;

class ScriptedJob {
 public:
  ScriptedJob(VirtualTime& time, const Script& script) : time_(&time), script_(&script) {}
  std::uint32_t size() const { return static_cast<std::uint32_t>(script_->size()); }
  Wait step(std::uint32_t task, std::uint32_t step) {
    const auto& steps = script_->at(task);
    time_->pass(steps.at(step).work);
    return step + 1 == steps.size() ? done : steps[step].wait * tick;
  }

 private:
  VirtualTime* time_;
  const Script* script_;
};

}  // namespace bookstore::test
