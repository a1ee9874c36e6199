// What the backend in virtual time plays: cores that need not be there, another backend's ways, and the price
// of everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bench/model/virtual_shop.hpp"
#include "bench/seam/traits.hpp"

namespace bookstore::backend {

// In nanoseconds.
struct StepPrice {
  std::int64_t work = 0;  // of the step
  std::int64_t held = 0;  // of that, what it does under its locks, each for an equal part
};

struct Played {
  int cores = 1;
  BackendTraits traits;  // of the backend that it plays
  int slow = 1;          // the first worker's steps take so many times their work
  model::ShopCosts costs;
  // By kind of task, then by step, for jobs that say of what kind their tasks are. What is not there costs
  // nothing.
  std::vector<std::vector<StepPrice>> prices;

  bool locks = true;  // it takes the locks that its steps name

  // What such a step takes. Without locks it does the same work, and `taken` is emptied.
  model::ShopWork work(std::uint32_t kind, std::uint32_t step, std::vector<std::uint32_t>& taken) const {
    if (kind >= prices.size() || step >= prices[kind].size()) return {};
    const StepPrice price = prices[kind][step];
    if (!locks) taken.clear();
    if (taken.empty()) return {.free_ns = price.work, .held_ns = 0};
    const auto sections = static_cast<std::int64_t>(taken.size());
    const std::int64_t held = price.held / sections;
    return {.free_ns = price.work - held * sections, .held_ns = held};
  }
};

}  // namespace bookstore::backend
