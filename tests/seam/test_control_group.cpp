// Made-up file systems: the files that the kernel would show, below a temporary folder.
#include "bench/seam/control_group.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "bench/seam/limits.hpp"
#include "tests/support/command.hpp"

namespace bookstore::backend {
namespace {

class Groups : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  // A mount as the kernel lists it: what is at its top, where it is, its type, its options.
  static std::string mount(const std::string& group, const std::string& folder, const std::string& type,
                           const std::string& options) {
    return "35 31 0:32 " + group + " " + folder + " rw,relatime shared:9 - " + type + " none " + options +
           "\n";
  }
  ControlGroups read() const { return ControlGroups(root()); }
  std::filesystem::path root() const { return folder_.file("root"); }

 private:
  test::TemporaryFolder folder_;
};

class UnifiedGroups : public Groups {
 protected:
  UnifiedGroups() {
    write("proc/self/mountinfo",
          mount("/", "/", "ext4", "rw") + mount("/", "/sys/fs/cgroup", "cgroup2", "rw,nsdelegate"));
    write("proc/self/cgroup", "0::/user.slice/session:1.scope/own\n");
  }
  static constexpr auto top = "sys/fs/cgroup/";
  static constexpr auto middle = "sys/fs/cgroup/user.slice/session:1.scope/";
  static constexpr auto own = "sys/fs/cgroup/user.slice/session:1.scope/own/";
};

TEST_F(UnifiedGroups, BoundNothingWithoutLimits) {
  EXPECT_EQ(read().cpus(), std::nullopt);
  EXPECT_EQ(read().memory_bytes(), std::nullopt);
  EXPECT_EQ(read().most_threads(), std::nullopt);
  for (const std::string level : {top, middle, own}) {
    write(level + "cpu.max", "max 100000\n");
    write(level + "memory.max", "max\n");
    write(level + "pids.max", "max\n");
  }
  EXPECT_EQ(read().cpus(), std::nullopt);
  EXPECT_EQ(read().memory_bytes(), std::nullopt);
  EXPECT_EQ(read().most_threads(), std::nullopt);
}

// Also by one between the first and the last.
TEST_F(UnifiedGroups, AreBoundByTheTightestLevel) {
  for (const std::string tightest : {top, middle, own}) {
    for (const std::string level : {top, middle, own}) {
      write(level + "cpu.max", level == tightest ? "150000 100000\n" : "200000 100000\n");
      write(level + "memory.max", level == tightest ? "1000000\n" : "2000000\n");
      write(level + "pids.max", level == tightest ? "50\n" : "max\n");
    }
    EXPECT_EQ(read().cpus(), 1.5) << tightest;
    EXPECT_EQ(read().memory_bytes(), 1'000'000) << tightest;
    EXPECT_EQ(read().most_threads(), 50) << tightest;
  }
}

TEST_F(UnifiedGroups, HaveQuotasThatAreFractions) {
  write(std::string(own) + "cpu.max", "50000 100000\n");
  EXPECT_EQ(read().cpus(), 0.5);
}

TEST_F(UnifiedGroups, CountThrottlingWhereThereIsAQuota) {
  write(std::string(middle) + "cpu.max", "50000 100000\n");
  write(std::string(middle) + "cpu.stat", "usage_usec 9\nnr_periods 30\nnr_throttled 3\nthrottled_usec 70\n");
  write(std::string(own) + "cpu.stat", "usage_usec 9\nnr_periods 0\nnr_throttled 1000\nthrottled_usec 1\n");
  const ControlGroups groups = read();
  const Throttling before = groups.throttling();
  EXPECT_EQ(before.periods, 3);
  EXPECT_EQ(before.ns, 70'000);
  write(std::string(middle) + "cpu.stat", "usage_usec 9\nnr_periods 31\nnr_throttled 4\nthrottled_usec 95\n");
  const Throttling span = groups.throttling() - before;
  EXPECT_EQ(span.periods, 1);
  EXPECT_EQ(span.ns, 25'000);
}

// As in a container: the mount shows its own group at the top, and all else lies above.
TEST_F(UnifiedGroups, AreFoundBelowWhatTheMountShows) {
  write("proc/self/mountinfo", mount("/docker/abc", "/sys/fs/cgroup", "cgroup2", "rw"));
  write("proc/self/cgroup", "0::/docker/abc/worker\n");
  write("sys/fs/cgroup/pids.max", "70\n");
  write("sys/fs/cgroup/worker/pids.max", "60\n");
  EXPECT_EQ(read().most_threads(), 60);
  write("proc/self/cgroup", "0::/docker/another\n");
  EXPECT_EQ(read().most_threads(), 70) << "a group out of sight is bound by what is seen above";
}

class SeparateGroups : public Groups {
 protected:
  SeparateGroups() {
    write("proc/self/mountinfo", mount("/", "/sys/fs/cgroup/cpu,cpuacct", "cgroup", "rw,cpu,cpuacct") +
                                     mount("/", "/odd\\040place", "cgroup", "rw,memory") +
                                     mount("/", "/sys/fs/cgroup/pids", "cgroup", "rw,pids") +
                                     mount("/", "/sys/fs/cgroup/systemd", "cgroup", "rw,name=systemd") +
                                     mount("/", "/sys/fs/cgroup/unified", "cgroup2", "rw"));
    write("proc/self/cgroup",
          "9:name=systemd:/\n8:pids:/a/b\n4:memory:/a/b\n1:cpu,cpuacct:/a/b\n0::/elsewhere\n");
  }
};

TEST_F(SeparateGroups, AreBoundByTheTightestLevel) {
  for (const std::string tightest : {"", "a/", "a/b/"}) {
    for (const std::string level : {"", "a/", "a/b/"}) {
      const bool here = level == tightest;
      write("sys/fs/cgroup/cpu,cpuacct/" + level + "cpu.cfs_quota_us", here ? "50000\n" : "-1\n");
      write("sys/fs/cgroup/cpu,cpuacct/" + level + "cpu.cfs_period_us", "100000\n");
      write("odd place/" + level + "memory.limit_in_bytes", here ? "4096000\n" : "9223372036854771712\n");
      write("sys/fs/cgroup/pids/" + level + "pids.max", here ? "40\n" : "max\n");
    }
    EXPECT_EQ(read().cpus(), 0.5) << tightest;
    EXPECT_EQ(read().memory_bytes(), 4'096'000) << tightest;
    EXPECT_EQ(read().most_threads(), 40) << tightest;
  }
}

TEST_F(SeparateGroups, WithoutABoundOnMemoryNameTheLargestNumber) {
  write("odd place/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(read().memory_bytes(), std::nullopt);
}

TEST_F(SeparateGroups, CountThrottlingInNanoseconds) {
  write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "50000\n");
  write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/cpu,cpuacct/a/cpu.stat", "nr_periods 5\nnr_throttled 2\nthrottled_time 12345\n");
  EXPECT_EQ(read().throttling().periods, 2);
  EXPECT_EQ(read().throttling().ns, 12'345);
}

TEST_F(Groups, ThatCannotBeReadBoundNothing) {
  EXPECT_EQ(read().cpus(), std::nullopt);
  EXPECT_EQ(read().throttling().periods, 0);
  write("proc/self/mountinfo", "nonsense\n\n35 31 - cgroup2\n35 31 0:32 / /mnt rw - cgroup2\n");
  write("proc/self/cgroup", "nonsense\n0:\n::\n");
  EXPECT_EQ(read().most_threads(), std::nullopt);
}

TEST_F(UnifiedGroups, BoundWhatAProcessMayStart) {
  const std::int64_t unbounded = memory_limit(read());
  const int threads = thread_limit(read());
  ASSERT_GT(threads, 3);
  write(std::string(middle) + "pids.max", "3\n");
  EXPECT_EQ(thread_limit(read()), 3);
  write(std::string(middle) + "pids.max", "max\n");
  EXPECT_EQ(thread_limit(read()), threads);
  write(std::string(own) + "memory.max", "1048576\n");
  EXPECT_EQ(memory_limit(read()), 1'048'576);
  EXPECT_EQ(thread_limit(read()), 1'048'576 / (28 * 1024)) << "a thread takes memory too";
  write(std::string(own) + "memory.max", "9000000000000000\n");
  EXPECT_EQ(memory_limit(read()), unbounded) << "more than the machine has";
}

TEST(OwnGroups, LeaveRoomForThisProcess) {
  EXPECT_GT(control_groups().memory_bytes().value_or(memory_limit()), 0);
  EXPECT_GT(control_groups().cpus().value_or(1), 0);
  EXPECT_GT(control_groups().most_threads().value_or(1), 0);
}

}  // namespace
}  // namespace bookstore::backend
