// cmake --install puts the binaries where they can be run from.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/command.hpp"

namespace bookstore::of_installation {
namespace {

TEST(Installation, HasTheThreeBinariesAndTheyRun) {
  const test::TemporaryFolder folder;
  const test::Outcome installed = test::run_command(
      BOOKSTORE_CMAKE,
      {"--install", BOOKSTORE_BUILD, "--config", BOOKSTORE_CONFIGURATION, "--prefix", folder.file("")});
  ASSERT_EQ(installed.exit_code, 0) << installed.err;
  for (const std::string name : {"bench_throughput", "bench_latency", "bench_overhead"}) {
    const test::Outcome listed =
        test::run_command(folder.file("bin/" + name), {"--list", "--cores", "1", "--backends", "sequential"});
    EXPECT_EQ(listed.exit_code, 0) << name << ": " << listed.err;
    EXPECT_NE(listed.out.find("/sequential/cores:1/workers:1"), std::string::npos)
        << name << ": " << listed.out;
  }
}

}  // namespace
}  // namespace bookstore::of_installation
