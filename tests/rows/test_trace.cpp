#include "bench/rows/trace.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <istream>
#include <sstream>
#include <streambuf>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/refusal.hpp"

namespace bookstore {
namespace {

using test::expect_says;
using test::refusal;
using Times = std::vector<std::int64_t>;
constexpr std::uint64_t most_arrivals = 10'000'000;

Times trace(const std::string& text, std::uint64_t max_tasks = most_arrivals) {
  std::istringstream in(text);
  return read_trace(in, "day.txt", max_tasks);
}

TEST(Trace, ReadsSecondsCommentsAndBlankLines) {
  EXPECT_EQ(trace("# a morning\n0\n 0.25 \n\n.5 # a pair\n0.5\r\n1e-0\n"),
            (Times{0, 250'000'000, 500'000'000, 500'000'000, 1'000'000'000}));
  EXPECT_EQ(trace("0.000000001\n"), (Times{1}));
}

TEST(Trace, RefusesEmpty) {
  expect_says(refusal([] { trace(""); }), {"day.txt", "no arrival"});
  expect_says(refusal([] { trace("# nothing\n\n"); }), {"day.txt", "no arrival"});
}

TEST(Trace, RefusesUnsorted) {
  expect_says(refusal([] { trace("1\n# x\n.5\n"); }), {"day.txt:3", "sort"});
}

TEST(Trace, RefusesWhatIsNoNumber) {
  for (const std::string bad : {"soon", "1,5", "1 2", "nan", "inf", "1s", "1e999", "--1", "\x01\x7f"})
    expect_says(refusal([&] { trace("0\n" + bad + "\n"); }), {"day.txt:2", "not a number"});
  EXPECT_LT(refusal([] { trace(std::string(4000, 'x') + "\n"); }).size(), 200U);
}

TEST(Trace, RefusesTimesOutOfRange) {
  expect_says(refusal([] { trace("-1\n"); }), {"day.txt:1", "from 0"});
  expect_says(refusal([] { trace("1e12\n"); }), {"day.txt:1", "from 0"});
}

TEST(Trace, RefusesTruncated) {
  expect_says(refusal([] { trace("1\n2"); }), {"day.txt:2", "truncated"});
  expect_says(refusal([] { trace("1"); }), {"day.txt:1", "truncated"});
}

TEST(Trace, RefusesWhatMemoryCannotHold) {
  EXPECT_EQ(trace("1\n2\n", 2).size(), 2U);
  expect_says(refusal([] { trace("1\n2\n3\n", 2); }), {"day.txt:3", "memory"});
}

// A stream without an end that gives the same text for ever, and says how much of it was read.
class Endless : public std::streambuf {
 public:
  explicit Endless(std::string text) : text_(std::move(text)) {}
  std::uint64_t bytes_read() const { return read_; }

 protected:
  int_type underflow() override {
    read_ += text_.size();
    setg(text_.data(), text_.data(), text_.data() + text_.size());
    return traits_type::to_int_type(text_[0]);
  }

 private:
  std::string text_;
  std::uint64_t read_ = 0;
};

TEST(Trace, ThatNeverEndsIsGivenUp) {
  const auto refused_from = [](const std::string& text) {
    Endless endless(text);
    std::istream in(&endless);
    const std::string message = refusal([&] { read_trace(in, "pipe", 1000); });
    EXPECT_LT(endless.bytes_read(), 10'000'000u) << message;
    return message;
  };
  expect_says(refused_from(std::string(1024, '\0')), {"pipe:1", "a line of more than 4096 characters"});
  expect_says(refused_from("\n# nothing\n"), {"pipe:100001", "lines without an arrival"});
  expect_says(refused_from("0\n"), {"pipe:1001", "memory has room for 1000 tasks"});
}

TEST(Trace, TakesLinesUpToTheLongest) {
  const std::string comment = "0#" + std::string(4094, 'x');
  EXPECT_EQ(trace(comment + "\n1\n").size(), 2u);
  expect_says(refusal([&] { trace(comment + "x\n1\n"); }), {"day.txt:1", "4096"});
}

TEST(Trace, FileIsRead) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "bookstore_trace.txt";
  std::ofstream(path) << "0.5\n1.5\n";
  EXPECT_EQ(read_trace_file(path.string(), most_arrivals), (Times{500'000'000, 1'500'000'000}));
  std::filesystem::remove(path);
  expect_says(refusal([&] { read_trace_file(path.string(), most_arrivals); }), {path.string(), "readable"});
  expect_says(refusal([] { read_trace_file(::testing::TempDir(), most_arrivals); }),
              {::testing::TempDir(), "readable"});
}

}  // namespace
}  // namespace bookstore
