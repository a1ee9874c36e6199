// Made-up files of the kernel, below a temporary folder.
#include "bench/measure/probes/kernel_memory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/command.hpp"

namespace bookstore::measure {
namespace {

class KernelMemoryOf : public testing::Test {
 protected:
  KernelMemoryOf() {
    write("proc/meminfo",
          "MemTotal:  9999 kB\nKernelStack:  16 kB\nPageTables:  4 kB\nSecPageTables:  0 kB\nSlab:  100 kB\n"
          "SReclaimable:  70 kB\n");
  }
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void write_group(const std::string& type, const std::string& options, const std::string& line) const {
    write("proc/self/mountinfo", "33 31 0:30 / /mnt rw - " + type + " none " + options + "\n");
    write("proc/self/cgroup", line + "\n");
  }
  std::filesystem::path root() const { return folder_.file("root"); }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(KernelMemoryOf, TheMachineIsTakenWhereThereIsNoGroup) {
  const KernelMemory memory(root());
  EXPECT_STREQ(memory.source_name(), "/proc/meminfo");
  EXPECT_EQ(memory.bytes(), 120 * 1024) << "what can be reclaimed is part of the slab already";
}

TEST_F(KernelMemoryOf, AUnifiedGroupIsInItsStatistics) {
  write_group("cgroup2", "rw", "0::/own");
  write("mnt/own/memory.current", "123456");
  write("mnt/own/memory.stat",
        "anon 1000\nfile 2000\nkernel 99999\nkernel_stack 300\npagetables 40\nsec_pagetables 5\nslab 6000\n");
  const KernelMemory memory(root());
  EXPECT_STREQ(memory.source_name(), "memory.stat");
  EXPECT_EQ(memory.bytes(), 6345);
}

TEST_F(KernelMemoryOf, ASeparateGroupHasANumberOfItsOwn) {
  write_group("cgroup", "rw,memory", "4:memory:/own");
  write("mnt/own/memory.kmem.usage_in_bytes", "777");
  write("mnt/own/memory.stat", "cache 5\n");
  const KernelMemory memory(root());
  EXPECT_STREQ(memory.source_name(), "memory.kmem.usage_in_bytes");
  EXPECT_EQ(memory.bytes(), 777);
}

// The first group of a controller of version 1 counts nothing.
TEST_F(KernelMemoryOf, TheFirstGroupIsTheMachines) {
  write_group("cgroup", "rw,memory", "4:memory:/");
  write("mnt/memory.kmem.usage_in_bytes", "777");
  write("mnt/release_agent", "");
  EXPECT_STREQ(KernelMemory(root()).source_name(), "/proc/meminfo");
}

TEST_F(KernelMemoryOf, ThisMachineIsNotNone) { EXPECT_GT(KernelMemory().bytes(), 0); }

}  // namespace
}  // namespace bookstore::measure
