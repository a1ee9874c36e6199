#include "bench/measure/machine/environment.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/command.hpp"

namespace bookstore::measure {
namespace {

class CpuModel : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root() / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  std::filesystem::path root() const { return folder_.file("root"); }
  std::string read() const { return cpu_model(root()); }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(CpuModel, IsTheNameThatTheKernelGives) {
  write("proc/cpuinfo", "processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7B13: fast\nprocessor\t: 1\n");
  EXPECT_EQ(read(), "AMD EPYC 7B13: fast");
}

// It gives numbers only; machines that were all called alike would share one history.
TEST_F(CpuModel, OfArmIsImplementerAndPart) {
  write("proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd0c\n");
  EXPECT_EQ(read(), "CPU 0x41/0xd0c");
}

TEST_F(CpuModel, OfABoardWithSeveralKindsOfCpusNamesAll) {
  write("proc/cpuinfo",
        "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd05\n\n"
        "processor\t: 1\nCPU implementer\t: 0x41\nCPU part\t: 0xd05\n\n"
        "processor\t: 2\nCPU implementer\t: 0x41\nCPU part\t: 0xd0b\n\n"
        "Hardware\t: \n");
  write("proc/device-tree/model", std::string("Rock 5 Model B\0", 15));
  EXPECT_EQ(read(), "Rock 5 Model B, CPU 0x41/0xd05, 0x41/0xd0b");
}

TEST_F(CpuModel, IsTheBoardsWhereNothingElseIsKnown) {
  write("proc/device-tree/model", std::string("A board\0", 8));
  EXPECT_EQ(read(), "A board");
}

TEST_F(CpuModel, OfOthersHasAnotherKey) {
  write("proc/cpuinfo", "processor\t: 0\ncpu\t\t: POWER9, altivec supported\n");
  EXPECT_EQ(read(), "POWER9, altivec supported");
  write("proc/cpuinfo", "processor\t: 0\nisa\t\t: rv64imafdc\nuarch\t\t: sifive,u74-mc\n");
  EXPECT_EQ(read(), "sifive,u74-mc");
}

TEST_F(CpuModel, ThatNobodyTellsOfIsUnknown) {
  EXPECT_EQ(read(), "unknown");
  write("proc/cpuinfo", "nonsense\n:\n: \n");
  EXPECT_EQ(read(), "unknown");
}

}  // namespace
}  // namespace bookstore::measure
