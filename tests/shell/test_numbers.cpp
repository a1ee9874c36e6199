#include "bench/shell/numbers.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/support/refusal.hpp"

namespace bookstore {
namespace {

using test::expect_one_line_about;
using test::refusal;

TEST(Number, IsTheWholeText) {
  EXPECT_EQ(read_number("12.5"), 12.5);
  EXPECT_EQ(read_number("-1e-3"), -0.001);
  for (const std::string text : {"", " 1", "1 ", "1x", "x", "0x10", "1,5", "nan", "inf", "-inf", "1e999"})
    EXPECT_FALSE(read_number(text)) << text;
}

TEST(HexadecimalNumber, ReadsBackAsItWasWritten) {
  for (const std::uint64_t value : {0ULL, 1ULL, 0xabcdef0123456789ULL, ~0ULL}) {
    EXPECT_EQ(hexadecimal(value).size(), 16u);
    EXPECT_EQ(read_hexadecimal(hexadecimal(value)), value);
  }
  EXPECT_EQ(read_hexadecimal("FF"), 255u);
  for (const std::string text : {"", "0x10", "-1", "g", "1 ", "10000000000000000"})
    EXPECT_FALSE(read_hexadecimal(text)) << text;
}

TEST(WholeNumber, LiesInItsRange) {
  EXPECT_EQ(parse_whole("runs", "1", 1, 3), 1);
  EXPECT_EQ(parse_whole("runs", "3", 1, 3), 3);
  for (const std::string text : {"0", "4", "-1", "2.5", "", "two", "99999999999999999999"})
    EXPECT_EQ(refusal([&] { parse_whole("runs", text, 1, 3); }),
              "runs is '" + text + "'; give a whole number from 1 to 3");
}

TEST(PositiveNumber, IsFiniteAndAboveZero) {
  EXPECT_EQ(parse_positive("budget", "0.5"), 0.5);
  for (const std::string text : {"0", "-0", "-1", "inf", "nan", "1e999", "", "soon", "1x"})
    EXPECT_EQ(refusal([&] { parse_positive("budget", text); }),
              "budget is '" + text + "'; give a number above zero");
}

TEST(TimeText, IsANumberWithItsUnit) {
  EXPECT_EQ(parse_time_ns("limit", "5ms"), 5e6);
  EXPECT_EQ(parse_time_ns("limit", "200us"), 2e5);
  EXPECT_EQ(parse_time_ns("limit", "1.5s"), 1.5e9);
  EXPECT_EQ(parse_time_ns("limit", "7ns"), 7);
  for (const std::string text : {"", "5", "ms", "0s", "-5ms", "infs", "nanms", "5m", "5 ms", "fast"})
    expect_one_line_about(refusal([&] { parse_time_ns("limit", text); }), "limit is '", text);
}

}  // namespace
}  // namespace bookstore
