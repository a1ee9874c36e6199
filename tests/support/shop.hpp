// Shops for tests: small days, and ways of doing them.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "workloads/bookstore/locks.hpp"
#include "workloads/bookstore/plan.hpp"
#include "workloads/bookstore/shop.hpp"
#include "workloads/random.hpp"

namespace bookstore::test {

// A day in a shop with few shelves and some that everybody wants, so that tasks meet at them.
inline workload::Parameters small_day(double tasks, double seed = 1) {
  workload::Parameters parameters;
  parameters.tasks = tasks;
  parameters.seed = seed;
  parameters.titles = 300;
  parameters.shelves = 7;
  parameters.skew = 1;
  return parameters;
}

// The digest after all tasks were done one after the other, without any backend.
inline std::uint64_t direct_digest(const workload::Plan& plan) {
  workload::Shop<workload::NoLocks> shop(plan);
  shop.open();
  do_directly(shop);
  shop.close();
  return shop.digest();
}

// Does all tasks of an open shop, or another job, with up to `at_once` of them begun and unfinished, always a
// random one next. Calls between() after each step.
template <class Shop, class Between>
void do_in_random_order(Shop& shop, std::uint64_t seed, std::uint32_t at_once, Between between) {
  SplitMix64 random{seed};
  std::vector<std::uint32_t> order(shop.size());
  for (std::uint32_t task = 0; task < shop.size(); ++task) order[task] = task;
  for (std::uint32_t i = shop.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> begun;  // task, next step
  while (!order.empty() || !begun.empty()) {
    while (!order.empty() && begun.size() < at_once) {
      begun.emplace_back(order.back(), 0);
      order.pop_back();
    }
    auto& next = begun[random.below(static_cast<std::uint32_t>(begun.size()))];
    const Wait wait = shop.step(next.first, next.second++);
    if (wait < 0) {
      next = begun.back();
      begun.pop_back();
    }
    between();
  }
}

}  // namespace bookstore::test
