// Made-up machines: the order in which a sweep takes their CPUs, and which ones each repetition takes.
#include "bench/measure/machine/topology.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/measure/machine/affinity.hpp"
#include "tests/support/command.hpp"

namespace bookstore::measure {
namespace {

struct Shape {
  int packages;
  int caches;   // in each package
  int cores;    // that share each cache
  int threads;  // of each core
  int cpus() const { return packages * caches * cores * threads; }
};

// As most systems number them: a thread of every core first, then the other threads.
std::vector<CpuPlace> machine(const Shape& shape) {
  const int cores = shape.cpus() / shape.threads;
  std::vector<CpuPlace> places;
  for (int thread = 0; thread < shape.threads; ++thread)
    for (int core = 0; core < cores; ++core)
      places.push_back({.cpu = thread * cores + core,
                        .package = core / (shape.caches * shape.cores),
                        .cache = core / shape.cores,
                        .core = core,
                        .thread = thread});
  return places;
}

std::vector<int> all_cpus(const std::vector<CpuPlace>& places) {
  std::vector<int> cpus;
  for (const CpuPlace& each : places) cpus.push_back(each.cpu);
  std::ranges::sort(cpus);
  return cpus;
}

// How many sockets, caches and cores some CPUs lie on.
template <class Member>
std::size_t distinct(const std::vector<CpuPlace>& places, const std::vector<int>& cpus, Member member) {
  std::set<int> values;
  for (const CpuPlace& each : places)
    if (std::ranges::count(cpus, each.cpu) > 0) values.insert(each.*member);
  return values.size();
}

const std::vector<Shape> shapes{
    {1, 1, 1, 1},   // 1 CPU
    {1, 1, 2, 1},   // 2
    {1, 1, 4, 2},   // 8, two threads a core
    {1, 2, 4, 1},   // 8, two caches
    {1, 8, 4, 2},   // 64
    {2, 4, 8, 1},   // 64, two sockets
    {2, 12, 4, 2},  // 192
};

TEST(SweepOrder, TakesEachCpuOnceAndDistinctCoresFirst) {
  for (const Shape& shape : shapes) {
    const auto places = machine(shape);
    const auto order = sweep_order(places, all_cpus(places));
    ASSERT_EQ(order.size(), places.size());
    auto sorted = order;
    std::ranges::sort(sorted);
    EXPECT_EQ(sorted, all_cpus(places));
    for (std::size_t count = 1; count <= order.size(); ++count) {
      const std::vector<int> first(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count));
      const std::size_t cores = places.size() / static_cast<std::size_t>(shape.threads);
      EXPECT_EQ(distinct(places, first, &CpuPlace::core), std::min(count, cores));
    }
  }
}

TEST(SweepOrder, TakesNearOnesBeforeFarOnes) {
  for (const Shape& shape : shapes) {
    const auto places = machine(shape);
    const auto order = sweep_order(places, all_cpus(places));
    const int cores = shape.cpus() / shape.threads;
    for (int count = 1; count <= cores; ++count) {
      const std::vector<int> first(order.begin(), order.begin() + count);
      const auto needed = [&](int each) { return static_cast<std::size_t>((count + each - 1) / each); };
      EXPECT_EQ(distinct(places, first, &CpuPlace::cache), needed(shape.cores));
      EXPECT_EQ(distinct(places, first, &CpuPlace::package), needed(shape.cores * shape.caches));
    }
  }
}

// Systems that number the CPUs of two sockets in turn: their numbers say nothing of what is near.
TEST(SweepOrder, DoesNotGoByTheSystemsNumbers) {
  std::vector<CpuPlace> places;
  for (int cpu = 0; cpu < 8; ++cpu)
    places.push_back({.cpu = cpu, .package = cpu % 2, .cache = cpu % 2, .core = cpu % 2 * 4 + cpu / 2});
  EXPECT_EQ(sweep_order(places, all_cpus(places)), (std::vector{0, 2, 4, 6, 1, 3, 5, 7}));
}

TEST(SweepOrder, IsOfTheAllowedCpusOnly) {
  const auto places = machine({1, 1, 4, 2});
  // Of core 1 only the second thread is allowed: it stands for the core.
  EXPECT_EQ(sweep_order(places, {0, 2, 4, 5, 6}), (std::vector{0, 5, 2, 4, 6}));
  EXPECT_EQ(sweep_order(places, {7}), (std::vector{7}));
}

TEST(SweepOrder, PutsCpusThatNobodyKnowsOfLast) {
  EXPECT_EQ(sweep_order({}, {3, 5}), (std::vector{3, 5}));
  EXPECT_EQ(sweep_order(machine({1, 1, 2, 1}), {0, 1, 9}), (std::vector{0, 1, 9}));
}

TEST(Rotation, BeginsWithTheFirstOfTheOrder) {
  for (const Shape& shape : shapes) {
    const auto places = machine(shape);
    const auto order = sweep_order(places, all_cpus(places));
    for (int count = 1; count <= shape.cpus(); ++count)
      EXPECT_EQ(choose_cpus(places, all_cpus(places), count, 0),
                std::vector(order.begin(), order.begin() + count));
  }
}

TEST(Rotation, TakesAsManyCpusAsNear) {
  for (const Shape& shape : shapes) {
    const auto places = machine(shape);
    // All small counts, then a tenth more each time.
    for (int count = 1; count <= shape.cpus(); count += 1 + count / 10) {
      const auto first = choose_cpus(places, all_cpus(places), count, 0);
      for (const int rotation : {1, 2, 3, 6, 1'000'000'000}) {
        const auto taken = choose_cpus(places, all_cpus(places), count, rotation);
        EXPECT_EQ(std::set(taken.begin(), taken.end()).size(), static_cast<std::size_t>(count));
        for (const auto member : {&CpuPlace::core, &CpuPlace::cache, &CpuPlace::package})
          EXPECT_EQ(distinct(places, taken, member), distinct(places, first, member))
              << count << " of " << shape.cpus() << ", rotation " << rotation;
      }
    }
  }
}

// No repetition has to take the CPU that serves the interrupts, and none is left out for good.
TEST(Rotation, OfOneCoreComesRoundToAllOfThem) {
  for (const Shape& shape : shapes) {
    const auto places = machine(shape);
    const int cores = shape.cpus() / shape.threads;
    std::set<int> taken;
    for (int rotation = 0; rotation < cores; ++rotation)
      taken.insert(choose_cpus(places, all_cpus(places), 1, rotation).front());
    EXPECT_EQ(taken.size(), static_cast<std::size_t>(cores));
  }
}

TEST(Rotation, LeavesOutWhatLiesAstrideTwoCaches) {
  const auto places = machine({1, 2, 4, 1});
  const auto taken = [&](int rotation) { return choose_cpus(places, all_cpus(places), 3, rotation); };
  EXPECT_EQ(taken(0), (std::vector{0, 1, 2}));
  EXPECT_EQ(taken(1), (std::vector{4, 5, 6}));
  EXPECT_EQ(taken(2), (std::vector{5, 6, 7}));
  EXPECT_EQ(taken(3), taken(0));
}

TEST(Rotation, OfAllCpusChangesNothing) {
  const auto places = machine({2, 12, 4, 2});
  EXPECT_EQ(choose_cpus(places, all_cpus(places), 192, 5), sweep_order(places, all_cpus(places)));
}

class Sysfs : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root() / "sys/devices/system/cpu" / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text << '\n';
  }
  std::filesystem::path root() const { return folder_.file("root"); }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(Sysfs, TellsOfSocketsCachesCoresAndThreads) {
  const std::map<int, std::string> core_of{{0, "0,2"}, {1, "1,3"}, {2, "0,2"}, {3, "1,3"}, {10, "10"}};
  for (const auto& [cpu, siblings] : core_of) {
    const std::string name = "cpu" + std::to_string(cpu);
    write(name + "/topology/core_cpus_list", siblings);
    write(name + "/topology/physical_package_id", cpu < 10 ? "0" : "1");
    write(name + "/cache/index0/level", "1");
    write(name + "/cache/index0/shared_cpu_list", siblings);
    write(name + "/cache/index3/level", "3");
    write(name + "/cache/index3/shared_cpu_list", cpu < 10 ? "0-3" : "10");
  }
  write("cpu4/online", "0");
  write("cpufreq/boost", "1");
  write("cpuidle/current_driver", "none");
  const auto places = topology_by_sysfs(root());
  ASSERT_EQ(places.size(), 5u);
  EXPECT_EQ(all_cpus(places), (std::vector{0, 1, 2, 3, 10}));
  EXPECT_EQ(places[2].core, places[0].core);
  EXPECT_EQ(places[2].thread, 1);
  EXPECT_EQ(places[3].cache, places[0].cache);
  EXPECT_NE(places[4].cache, places[0].cache);
  EXPECT_EQ(places[4].package, 1);
  EXPECT_EQ(sweep_order(places, all_cpus(places)), (std::vector{0, 1, 10, 2, 3}));
}

TEST_F(Sysfs, OfOlderKernelsListsSiblingsUnderAnotherName) {
  for (const int cpu : {0, 1}) write("cpu" + std::to_string(cpu) + "/topology/thread_siblings_list", "0-1");
  EXPECT_EQ(topology_by_sysfs(root()).at(1).thread, 1);
}

TEST_F(Sysfs, ThatIsNotThereTellsNothing) { EXPECT_TRUE(topology_by_sysfs(root()).empty()); }

// Whoever tells of this machine, they tell of the same cores.
TEST(Topology, OfThisMachineIsTheSameByHwlocAndBySysfs) {
  const auto places = machine_topology();
  const auto by_sysfs = topology_by_sysfs();
  if (by_sysfs.empty()) GTEST_SKIP() << "this system shows no topology";
  const auto allowed = allowed_cpus();
  for (int count = 1; count <= static_cast<int>(allowed.size()); ++count)
    EXPECT_EQ(distinct(by_sysfs, choose_cpus(places, allowed, count, 0), &CpuPlace::core),
              distinct(by_sysfs, choose_cpus(by_sysfs, allowed, count, 0), &CpuPlace::core));
}

}  // namespace
}  // namespace bookstore::measure
