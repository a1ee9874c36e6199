#include "bench/closed/known_digests.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/command.hpp"
#include "tests/support/refusal.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore {
namespace {

using test::refusal;

TEST(KnownDigests, AreThoseOfAllRowsOfAPlan) {
  const KnownDigests known(R"({"day/threads/workers:4/tasks:50": "00000000000000ff",
                               "day/sequential/tasks:50": "FF", "day/threads/tasks:60": "1"})",
                           "known.json");
  EXPECT_EQ(known.find(parse_row("day/event_loop/tasks:50")), 255u);
  EXPECT_EQ(known.find(parse_row("day/event_loop/tasks:60")), 1u);
  EXPECT_FALSE(known.find(parse_row("day/event_loop/tasks:61")));
  EXPECT_FALSE(known.find(parse_row("counter/event_loop/tasks:50")));
  EXPECT_FALSE(KnownDigests().find(parse_row("day/event_loop/tasks:50")));
}

TEST(KnownDigests, ThatAreNoneAreRefused) {
  for (const std::string text :
       {"", "{", "[]", "5", "\"text\"", R"({"day/threads": 5})", R"({"day/threads": "xyz"})",
        R"({"day/threads": ""})", R"({"day/threads": "10000000000000000"})"})
    EXPECT_EQ(refusal([&] { KnownDigests(text, "known.json"); }),
              "known is 'known.json'; give a JSON object of digests by row name")
        << text;
  test::expect_one_line_about(refusal([] { KnownDigests(R"({"nonsense/threads": "1"})", "k"); }),
                              "unknown workload 'nonsense'", "nonsense");
  test::expect_one_line_about(refusal([] { read_known_digests("/nonexistent/known"); }),
                              "'/nonexistent/known'", "no file");
}

TEST(KnownDigests, ThatContradictEachOtherAreAWrongResult) {
  EXPECT_THROW(KnownDigests(R"({"day/threads/tasks:5": "1", "day/sequential/tasks:5": "2"})", "k"),
               workload::WrongResult);
}

TEST(ExpectedDigest, IsHexadecimal) {
  EXPECT_FALSE(parse_expected(""));
  EXPECT_EQ(parse_expected("00000000000000fF"), 255u);
  for (const std::string text : {"xyz", "0x1", "10000000000000000", " 1"})
    EXPECT_EQ(refusal([&] { parse_expected(text); }),
              "expect-digest is '" + text + "'; give up to 16 hexadecimal digits");
}

}  // namespace
}  // namespace bookstore
