#include "bench/shell/side_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "tests/support/command.hpp"
#include "tests/support/refusal.hpp"

namespace bookstore {
namespace {

TEST(SideFile, ThatCanBeWrittenIsLeftAsItWas) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("figures");
  require_writable(path);
  EXPECT_FALSE(std::filesystem::exists(path));
  write_whole(path, "one\n");
  require_writable(path);
  EXPECT_EQ(test::contents_of(path), "one\n");
}

TEST(SideFile, ThatCannotBeWrittenIsNamed) {
  for (const std::string path : {"/nonexistent/figures", "/"})
    EXPECT_EQ(test::refusal([&] { require_writable(path); }),
              "cannot write '" + path + "'; give a file in a folder that exists");
}

TEST(SideFile, TakesThePlaceOfTheOneBefore) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("figures");
  write_whole(path, "a long text\n");
  write_whole(path, "short\n");
  EXPECT_EQ(test::contents_of(path), "short\n");
}

TEST(SideFile, OnAFullDiskIsAnError) {
  try {
    write_whole("/dev/full", "text");
    ADD_FAILURE() << "taken";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "cannot write '/dev/full' whole; is the disk full?");
  }
}

}  // namespace
}  // namespace bookstore
