#include "bench/seam/sockets/answer_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace bookstore::backend {
namespace {

using Seen = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

// All that is whole after each piece of at most so many bytes.
Seen put_through(AnswerBuffer& buffer, const std::vector<Answer>& answers, std::size_t piece) {
  Seen seen;
  auto bytes = std::as_bytes(std::span(answers));
  while (!bytes.empty()) {
    const auto room = buffer.room();
    const std::size_t some = std::min({piece, bytes.size(), room.size()});
    std::ranges::copy(bytes.first(some), room.begin());
    bytes = bytes.subspan(some);
    EXPECT_EQ(buffer.came(some), some < room.size());
    buffer.take([&seen](const Answer& answer) { seen.emplace_back(answer.task, answer.step); });
  }
  return seen;
}

TEST(AnswerBuffer, HandsOutEveryAnswerOnceWhateverPiecesItCameIn) {
  std::vector<Answer> answers(3'000);
  Seen expected;
  for (std::uint32_t i = 0; i < answers.size(); ++i) {
    answers[i] = {.task = 0x01020304u * (i + 1), .step = i};
    expected.emplace_back(answers[i].task, i);
  }
  for (const std::size_t piece : {1, 5, 7, 8, 13, 4'096, 8'191, 8'192, 100'000}) {
    AnswerBuffer buffer;
    EXPECT_EQ(put_through(buffer, answers, piece), expected) << piece;
    EXPECT_TRUE(buffer.empty()) << piece;
  }
}

TEST(AnswerBuffer, KeepsWhatIsNoWholeAnswerYet) {
  AnswerBuffer buffer;
  const std::size_t all = buffer.room().size();
  const Answer answer{.task = 4, .step = 5};
  const auto bytes = std::as_bytes(std::span(&answer, 1));
  std::ranges::copy(bytes.first(3), buffer.room().begin());
  EXPECT_TRUE(buffer.came(3));
  buffer.take([](const Answer&) { FAIL() << "three bytes of eight"; });
  EXPECT_EQ(buffer.whole(), 0u);
  EXPECT_FALSE(buffer.empty());
  EXPECT_EQ(buffer.room().size(), all - 3);
  std::ranges::copy(bytes.subspan(3), buffer.room().begin());
  buffer.came(5);
  EXPECT_EQ(buffer.whole(), 1u);
  buffer.take([](const Answer& whole) { EXPECT_EQ(whole.step, 5u); });
  EXPECT_EQ(buffer.room().size(), all);
}

}  // namespace
}  // namespace bookstore::backend
