#include "bench/shell/text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace bookstore {
namespace {

TEST(PrintableText, IsLeftAsItIs) {
  for (const std::string text : {"", "day/tbb/cores:2", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x93\x9a ~"})
    EXPECT_EQ(printable(text), text);
}

TEST(PrintableText, HasNoControlCharacters) {
  EXPECT_EQ(printable(std::string("a\0b\n\x1b[31mc\x7f", 11)), "a?b??[31mc?");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "?31m");
}

// From RFC 3629: lone continuations, cut characters, overlong forms, surrogates, beyond U+10FFFF.
TEST(PrintableText, HasNoBytesThatAreNoText) {
  const std::pair<std::string, std::string> texts[] = {
      {"\x80", "?"},
      {"a\xc3", "a?"},
      {"\xe2\x82", "??"},
      {"\xc0\xaf", "??"},
      {"\xe0\x80\xaf", "???"},
      {"\xed\xa0\x80", "???"},
      {"\xf4\x90\x80\x80", "????"},
      {"\xf0\x80\x80\x80", "????"},
      {"\xff\xc3\xa9", "?\xc3\xa9"},
  };
  for (const auto& [text, shown] : texts) EXPECT_EQ(printable(text), shown);
}

}  // namespace
}  // namespace bookstore
