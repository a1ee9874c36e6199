// Made-up files of the kernel, below a temporary folder.
#include "bench/measure/probes/cpu_use.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "bench/measure/machine/affinity.hpp"
#include "tests/support/command.hpp"

namespace bookstore::measure {
namespace {

class CpuMeters : public testing::Test {
 protected:
  CpuMeters() {
    write("proc/stat",
          "cpu  0 0 0 0 0 0 0 0 0 0\n"
          "cpu0 1 2 4 1000 2000 8 16 32 64 0\n"
          "cpu1 100 0 0 500 0 0 0 0 0 0\n"
          "cpu10 7 0 0 0 0 0 0 0 0 0\n"
          "intr 12 34\nctxt 5\n");
  }
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void write_accounting() const {
    write("proc/self/mountinfo", "33 31 0:30 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
    write("sys/fs/cgroup/cpuacct/cpuacct.usage_percpu", "5000000000 7000000000 11 0 0 0 0 0 0 0 13\n");
  }
  std::filesystem::path root() const { return folder_.file("root"); }
  static std::int64_t ticks(std::int64_t count) { return count * 1'000'000'000 / sysconf(_SC_CLK_TCK); }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(CpuMeters, ReadInTicksWhereNothingBetterIsThere) {
  const CpuMeter meter(root());
  EXPECT_EQ(meter.source(), CpuMeter::Source::ticks);
  EXPECT_STREQ(meter.source_name(), "/proc/stat");
  EXPECT_EQ(meter.read({0}).busy_ns, ticks(31)) << "neither idle nor waiting for a disk nor stolen";
  EXPECT_EQ(meter.read({0, 1, 10}).busy_ns, ticks(138));
}

TEST_F(CpuMeters, CountTicksAndStealOfTheAskedOnesOnly) {
  const CpuMeter meter(root());
  EXPECT_EQ(meter.read({0}).ticks, 3063u);
  EXPECT_EQ(meter.read({0}).steal_ticks, 32u);
  EXPECT_EQ(meter.read({1, 10}).ticks, 607u);
  EXPECT_EQ(meter.read({1, 10}).steal_ticks, 0u);
}

TEST_F(CpuMeters, ReadInNanosecondsFromTheScheduler) {
  write("proc/schedstat",
        "version 17\ntimestamp 4295000000\n"
        "cpu0 1 0 3 4 5 6 123456789 99 10\ndomain0 MC 3 1 2\n"
        "cpu1 1 0 3 4 5 6 1000 99 10\n");
  const CpuMeter meter(root());
  EXPECT_EQ(meter.source(), CpuMeter::Source::scheduler);
  EXPECT_STREQ(meter.source_name(), "/proc/schedstat");
  EXPECT_EQ(meter.read({0}).busy_ns, 123'456'789);
  EXPECT_EQ(meter.read({0, 1}).busy_ns, 123'457'789);
  EXPECT_EQ(meter.read({0}).steal_ticks, 32u);
}

TEST_F(CpuMeters, ReadInNanosecondsFromTheFirstControlGroup) {
  write("proc/schedstat", "cpu0 1 0 3 4 5 6 123456789 99 10\n");
  write_accounting();
  write("sys/fs/cgroup/cpuacct/release_agent", "");
  const CpuMeter meter(root());
  EXPECT_EQ(meter.source(), CpuMeter::Source::accounting);
  EXPECT_EQ(meter.read({1}).busy_ns, 7'000'000'000);
  EXPECT_EQ(meter.read({0, 10}).busy_ns, 5'000'000'013);
}

// A container's own group knows nothing of others.
TEST_F(CpuMeters, DoNotReadFromAGroupThatIsNotTheFirst) {
  write_accounting();
  EXPECT_EQ(CpuMeter(root()).source(), CpuMeter::Source::ticks);
}

TEST(CpusOfThisMachine, WereBusy) {
  const CpuMeter meter;
  const CpuUse use = meter.read(allowed_cpus());
  EXPECT_GT(use.busy_ns, 0);
  EXPECT_GT(use.ticks, 0u);
}

}  // namespace
}  // namespace bookstore::measure
