// What the service reports of itself.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/service/control.hpp"

namespace bookstore::service {

// CPU time of this process so far, in nanoseconds.
inline std::int64_t own_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

// How late each answer was that was sent since the last report.
class Account {
 public:
  Account() { late_.reserve(std::size_t{1} << 16); }

  void add(std::int64_t late) { late_.push_back(late); }
  void report(Reply& reply) {
    const std::int64_t cpu = own_cpu_ns();
    reply.cpu_ns = cpu - cpu_before_;
    reply.answers = late_.size();
    if (!late_.empty()) {
      std::ranges::sort(late_);
      reply.late_p50 = at(0.50);
      reply.late_p99 = at(0.99);
      reply.late_max = late_.back();
    }
    late_.clear();
    cpu_before_ = own_cpu_ns();
  }

 private:
  // The smallest that so large a part of them does not exceed.
  std::int64_t at(double part) const {
    const auto rank = static_cast<std::size_t>(part * static_cast<double>(late_.size()) + 0.999999);
    return late_[std::clamp<std::size_t>(rank, 1, late_.size()) - 1];
  }

  std::vector<std::int64_t> late_;
  std::int64_t cpu_before_ = 0;
};

}  // namespace bookstore::service
