#include "bench/backends/fibers/stacks.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <vector>

namespace bookstore::backend {
namespace {

TEST(FiberStacks, DoNotMeetAndAreTakenAgain) {
  std::atomic<std::size_t> held{0};
  FiberStacks stacks(held);
  FiberStacks::Allocator allocator{&stacks};
  std::vector<boost::context::stack_context> taken;
  for (int i = 0; i < 100; ++i) {
    taken.push_back(allocator.allocate());
    std::memset(static_cast<std::byte*>(taken.back().sp) - taken.back().size, i, taken.back().size);
  }
  for (int i = 0; i < 100; ++i) {
    const auto& stack = taken[static_cast<std::size_t>(i)];
    const auto* const bottom = static_cast<const unsigned char*>(stack.sp) - stack.size;
    EXPECT_EQ(bottom[0], i);
    EXPECT_EQ(bottom[stack.size - 1], i);
  }
  const std::size_t enough = held;
  for (auto& each : taken) allocator.deallocate(each);
  EXPECT_EQ(allocator.allocate().sp, taken.back().sp) << "the last one is still in the cache";
  for (int i = 1; i < 100; ++i) allocator.allocate();
  EXPECT_EQ(held, enough);
}

}  // namespace
}  // namespace bookstore::backend
