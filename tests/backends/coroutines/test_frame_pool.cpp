#include "bench/backends/coroutines/frame_pool.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <vector>

namespace bookstore::backend {
namespace {

TEST(FramePool, GivesFramesThatDoNotMeet) {
  FramePool pool;
  struct Taken {
    std::byte* frame;
    std::size_t bytes;
  };
  std::vector<Taken> taken;
  for (const std::size_t bytes : {1u, 64u, 65u, 100u, 960u, 961u, 5'000u})
    for (int i = 0; i < 300; ++i) {
      taken.push_back({static_cast<std::byte*>(pool.take(bytes)), bytes});
      std::memset(taken.back().frame, static_cast<int>(taken.size() % 251), bytes);
    }
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const auto own = static_cast<std::byte>((i + 1) % 251);
    for (std::size_t byte = 0; byte < taken[i].bytes; ++byte) ASSERT_EQ(taken[i].frame[byte], own) << i;
  }
  for (const Taken& each : taken) pool.give_back(each.frame, each.bytes);
}

TEST(FramePool, GivesWhatWasGivenBackOfTheSameSizeAndNeedsNoMoreMemory) {
  FramePool pool;
  void* const large = pool.take(129);
  void* const small = pool.take(100);
  pool.give_back(small, 100);
  pool.give_back(large, 129);
  EXPECT_EQ(pool.take(128), small) << "rounded to the same size";
  EXPECT_EQ(pool.take(192), large);
  const std::size_t held = pool.bytes();
  for (int i = 0; i < 10'000; ++i) pool.give_back(pool.take(128), 128);
  EXPECT_EQ(pool.bytes(), held);
}

TEST(FramePool, ForgetsAllFramesAndKeepsTheMemory) {
  FramePool pool;
  const auto take_all = [&] {
    std::set<void*> frames;
    for (int i = 0; i < 2'000; ++i) frames.insert(pool.take(128));
    return frames;
  };
  const std::set<void*> first = take_all();
  EXPECT_EQ(first.size(), 2'000u);
  const std::size_t held = pool.bytes();
  pool.forget_all();
  EXPECT_EQ(take_all(), first);
  EXPECT_EQ(pool.bytes(), held);
}

}  // namespace
}  // namespace bookstore::backend
