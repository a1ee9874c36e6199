// Threads and memory that the system refuses: one line and exit code 2, in a sweep a marked row, and in both
// cases a whole file with what was measured before.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>
#include <string>
#include <system_error>
#include <vector>

#include "bench/backends/registry.hpp"
#include "bench/seam/limits.hpp"
#include "bench/shell/json_text.hpp"
#include "tests/support/build.hpp"
#include "tests/support/command.hpp"

namespace bookstore::of_limits {
namespace {

using nlohmann::json;
using test::Outcome;

struct Binary {
  std::string name;
  std::string path;
  // A row of the backend, but for its sizes.
  std::string experiment;
  std::string few;   // sizes that any machine has room for
  std::string huge;  // sizes that do not fit into 600 MB

  std::string row(std::string_view backend, int workers) const {
    return experiment + "/" + std::string(backend) + "/workers:" + std::to_string(workers) + "/" + few;
  }
  friend void PrintTo(const Binary& binary, std::ostream* to) { *to << binary.name; }
};

const std::vector<Binary> binaries{
    {"bench_throughput", BOOKSTORE_BENCH_THROUGHPUT, "shelving", "tasks:20", "tasks:1000000000"},
    {"bench_latency", BOOKSTORE_BENCH_LATENCY, "null", "rate:1000/duration:0.02", "rate:1e6/duration:10"},
    {"bench_overhead", BOOKSTORE_BENCH_OVERHEAD, "grain", "tasks:20", "tasks:1000000000"},
};

std::vector<std::string> pools() {
  std::vector<std::string> names;
  for (const auto& traits : backend::Registry::traits)
    if (!traits.single_threaded) names.emplace_back(traits.name);
  return names;
}

// A sanitizer's shadow memory takes far more addresses than any bound that a test could set.
constexpr bool addresses_can_be_bounded = !test::address_sanitizer && !test::thread_sanitizer;

class Limits : public testing::TestWithParam<Binary> {
 protected:
  // The row is refused, by name of what there was too little of; in a sweep it is marked; what was measured
  // before it is kept.
  static void expect_limit(const std::string& row, const std::string& limit, const std::string& culprit) {
    const Binary& binary = GetParam();
    const test::TemporaryFolder folder;
    const std::string path = folder.file("rows.json");
    const std::string first = binary.row("sequential", 1);
    const std::vector<std::string> arguments{
        "--row", first, "--row", row, "--benchmark_out=" + path, "--benchmark_out_format=json"};
    const Outcome refused = test::run_command(binary.path, arguments, limit);
    EXPECT_EQ(refused.exit_code, 2) << row << ": " << refused.err;
    EXPECT_TRUE(refused.err.starts_with(binary.name + ": ")) << refused.err;
    EXPECT_NE(refused.err.find(culprit), std::string::npos) << row << ": " << refused.err;
    expect_whole(path, "error_occurred", true);

    std::vector<std::string> sweep = arguments;
    sweep.emplace_back("--sweep");
    const Outcome swept = test::run_command(binary.path, sweep, limit);
    EXPECT_EQ(swept.exit_code, 0) << row << ": " << swept.err;
    expect_whole(path, "limit_reached", 1.0);
  }

  static void expect_whole(const std::string& path, const std::string& key, const json& value) {
    const json document = parse_json(test::contents_of(path));
    ASSERT_FALSE(document.is_discarded()) << "not a whole file: " << test::contents_of(path);
    const json& rows = document.at("benchmarks");
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_FALSE(rows[0].contains("error_occurred")) << rows[0];
    EXPECT_EQ(rows[0].value("limit_reached", 0.0), 0.0);
    EXPECT_EQ(rows[1].at(key), value) << rows[1];
  }
};

TEST_P(Limits, AMillionThreadsAreMoreThanAnyMachineAllows) {
  for (const std::string& pool : pools())
    expect_limit(GetParam().row(pool, 1'000'000), "",
                 pool + ": 1000000 workers, but this machine allows at most");
}

// Every thread's stack is 8 MB of addresses: a gigabyte and a half has room for some of them.
TEST_P(Limits, AThreadThatIsRefusedOnTheWayIsALimit) {
  if (!addresses_can_be_bounded) GTEST_SKIP() << "built with a sanitizer";
  for (const std::string& pool : pools())
    expect_limit(GetParam().row(pool, 400), "prlimit --as=1500000000 --stack=8388608 ",
                 "but the system gave only");
}

// However few addresses there are: the pool is there, or its row is refused in one line; no runtime ends the
// process by itself.
TEST_P(Limits, AnyBoundOfAddressesIsMetBeforeARuntimeMeetsIt) {
  if (!addresses_can_be_bounded) GTEST_SKIP() << "built with a sanitizer";
  for (const std::string& pool : pools())
    for (const int megabytes : {300, 400, 500, 600, 700, 800, 1000, 1200}) {
      const Outcome outcome =
          test::run_command(GetParam().path, {"--row", GetParam().row(pool, 64)},
                            "prlimit --as=" + std::to_string(megabytes) + "000000 --stack=8388608 ");
      EXPECT_TRUE(outcome.exit_code == 0 || outcome.exit_code == 2)
          << pool << ", " << megabytes << " MB: " << outcome.exit_code << ", " << outcome.err;
      if (outcome.exit_code == 2) {
        EXPECT_EQ(outcome.error_lines(), 1) << outcome.err;
        EXPECT_NE(outcome.err.find("ask for fewer"), std::string::npos) << outcome.err;
      }
    }
}

TEST_P(Limits, MemoryThatIsRefusedIsALimit) {
  if (!addresses_can_be_bounded) GTEST_SKIP() << "built with a sanitizer";
  const Binary& binary = GetParam();
  for (const auto& traits : backend::Registry::traits) {
    // Go takes more addresses than that when it starts, which may come first.
    const std::string culprit =
        traits.name == "go" ? "go" : "the system gives no more memory; ask for fewer tasks or workers";
    expect_limit(binary.experiment + "/" + std::string(traits.name) + "/workers:1/" + binary.huge,
                 "prlimit --as=600000000 ", culprit);
  }
}

// TBB fixes at its first use how many threads it will ever give: 256, unless it is told of more before.
TEST_P(Limits, APoolMayBeLargerThanTheOneBefore) {
  if (backend::thread_limit() < 400) GTEST_SKIP() << "this machine has no 300 threads to give";
  for (const std::string& pool : pools()) {
    const Outcome both = test::run_command(
        GetParam().path, {"--row", GetParam().row(pool, 2), "--row", GetParam().row(pool, 300)});
    EXPECT_EQ(both.exit_code, 0) << pool << ": " << both.err;
  }
}

// RLIMIT_NPROC does not bind root. It counts all threads of a user: another one than root has none yet, if
// each of the tests that run at a time has one for itself, and whoever runs the test has this process, its
// shell and the binary.
TEST_P(Limits, AUserWhoMayHaveNoMoreThreadsIsTold) {
  std::string limit = "prlimit --nproc=4 ";
  if (geteuid() == 0) {
    const std::string id = std::to_string(61'234 + GetParam().name.size());  // all three differ in length
    limit += "setpriv --reuid=" + id + " --regid=" + id + " --clear-groups ";
  }
  for (const std::string& pool : pools()) {
    // Of a closed run the caller is one of the workers, so that TBB and OpenMP want one thread fewer.
    if (GetParam().name == "bench_throughput" && pool != "threads") continue;
    const Outcome refused = test::run_command(GetParam().path, {"--row", GetParam().row(pool, 4)}, limit);
    EXPECT_EQ(refused.exit_code, 2) << refused.err;
    EXPECT_EQ(refused.error_lines(), 1) << refused.err;
    EXPECT_NE(refused.err.find(pool + ": 4 threads are wanted, but the system gave only"), std::string::npos)
        << refused.err;
    const Outcome swept = test::run_command(
        GetParam().path, {"--row", GetParam().row(pool, 4), "--sweep", "--benchmark_format=json"}, limit);
    EXPECT_EQ(swept.exit_code, 0) << swept.err;
    EXPECT_EQ(parse_json(swept.out).at("benchmarks").at(0).at("limit_reached"), 1);
  }
}

// A control group of this test's own; not every user may make one.
class ControlGroup {
 public:
  // Bounded by the first of these that has a file: the two versions have other names for the same.
  struct Bound {
    std::string file;
    std::string text;
  };
  ControlGroup(const std::string& controller, const std::vector<std::vector<Bound>>& versions) {
    const std::string name = "bookstore-test-" + std::to_string(getpid());
    for (const std::string& parent : {"/sys/fs/cgroup/" + controller + "/", std::string("/sys/fs/cgroup/")}) {
      std::error_code refused;
      if (!std::filesystem::create_directory(parent + name, refused)) continue;
      folder_ = parent + name;
      made_ = std::ranges::any_of(versions, [this](const std::vector<Bound>& bounds) {
        return std::ranges::all_of(bounds, [this](const Bound& bound) { return write(bound); });
      });
      if (made_) return;
      std::filesystem::remove(folder_, refused);
    }
  }
  ~ControlGroup() {
    std::error_code ignored;
    if (made_) std::filesystem::remove(folder_, ignored);
  }
  ControlGroup(const ControlGroup&) = delete;
  ControlGroup& operator=(const ControlGroup&) = delete;

  bool made() const { return made_; }
  // What stands before a command that is to run in the group.
  std::string entered() const { return "sh -c 'echo $$ >" + folder_ + "/cgroup.procs && exec \"$@\"' sh "; }

 private:
  // False where there is no such file: none is to be made.
  bool write(const Bound& bound) const {
    const std::string path = folder_ + "/" + bound.file;
    return std::filesystem::exists(path) && std::ofstream(path) << bound.text << std::flush;
  }

  std::string folder_;
  bool made_ = false;
};

// The host has more: what would not fit is refused before the group's end comes without a word.
TEST_P(Limits, AGroupsMemoryIsALimit) {
  if (!addresses_can_be_bounded) GTEST_SKIP() << "built with a sanitizer, whose own memory counts";
  const ControlGroup group("memory",
                           {{{"memory.limit_in_bytes", "200000000"}}, {{"memory.max", "200000000"}}});
  if (!group.made()) GTEST_SKIP() << "this user may not make a control group with a bound on memory";
  const Binary& binary = GetParam();
  for (const std::string backend : {"sequential", "threads"}) {
    const std::string row = binary.experiment + "/" + backend + "/workers:1/" + binary.huge;
    // The schedule of an open run is made before any row is run: what is too large for memory is a mistake.
    if (binary.name == "bench_latency")
      test::expect_refused(test::run_command(binary.path, {"--row", row}, group.entered()),
                           "is 10000000 tasks, but memory has room for ");
    else
      expect_limit(row, group.entered(), "the system gives no more memory; ask for fewer tasks or workers");
  }
  if (binary.name == "bench_overhead")
    for (const std::string row : {"waiting/event_loop/tasks:50000000", "timer/event_loop/tasks:50000000"})
      test::expect_refused(test::run_command(binary.path, {"--row", row}, group.entered()),
                           "the system gives no more memory; ask for fewer tasks or workers");
}

TEST_P(Limits, ACpuQuotaIsRecordedAsAFractionAndMarksTheRowsThatItMet) {
  const ControlGroup group("cpu", {{{"cpu.cfs_period_us", "100000"}, {"cpu.cfs_quota_us", "10000"}},
                                   {{"cpu.max", "10000 100000"}}});
  if (!group.made()) GTEST_SKIP() << "this user may not make a control group with a quota";
  const std::map<std::string, std::string> busy{
      {"bench_throughput", "shelving/threads/workers:1/tasks:4000"},
      {"bench_latency", "shelving/threads/workers:1/rate:10000/duration:0.4"},
      {"bench_overhead", "grain/threads/workers:1/work_ns:1000/tasks:50000"}};
  const Outcome met = test::run_command(
      GetParam().path, {"--row", busy.at(GetParam().name), "--benchmark_format=json"}, group.entered());
  ASSERT_EQ(met.exit_code, 0) << met.err;
  const json document = parse_json(met.out);
  EXPECT_EQ(document.at("context").at("cgroup_cpu_quota"), "0.1");
  EXPECT_TRUE(document.at("context").at("machine").get<std::string>().ends_with("cpu-quota-0.1"));
  const json& row = document.at("benchmarks").at(0);
  EXPECT_EQ(row.at("throttled"), 1) << row;
  EXPECT_GT(row.at("throttled_periods"), 0) << row;
  EXPECT_GT(row.at("throttled_us"), 0) << row;
  if (GetParam().name == "bench_latency") {
    EXPECT_EQ(row.at("valid"), 0) << row;
  }
}

// Each is proved by the sum of all tasks' results.
TEST(ManyTasks, RunOnceEachUnderEveryBackend) {
  const auto tasks_of = [](const backend::BackendTraits& traits) -> std::string {
    if (traits.new_threads) return "10000";  // each costs a thread
    // A sanitizer takes its time, and so does a runtime that makes something of its own for every task, some
    // of them before the first one is run.
    const bool plain = traits.waits == backend::Waits::blocking || traits.single_threaded ||
                       (traits.own_threads && traits.name != "go" && traits.name != "tokio");
    return !addresses_can_be_bounded ? "100000" : plain ? "10000000" : "1000000";
  };
  std::vector<std::string> arguments{"--benchmark_format=json"};
  for (const auto& traits : backend::Registry::traits) {
    arguments.emplace_back("--row");
    arguments.push_back("grain/" + std::string(traits.name) + (traits.single_threaded ? "" : "/workers:2") +
                        "/tasks:" + tasks_of(traits));
  }
  const Outcome outcome = test::run_command(BOOKSTORE_BENCH_OVERHEAD, arguments);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json document = parse_json(outcome.out);
  const json& rows = document.at("benchmarks");
  ASSERT_EQ(rows.size(), backend::Registry::traits.size());
  for (std::size_t row = 0; row < rows.size(); ++row)
    EXPECT_EQ(rows[row].at("tasks"), std::stod(tasks_of(backend::Registry::traits[row]))) << rows[row];
}

INSTANTIATE_TEST_SUITE_P(All, Limits, testing::ValuesIn(binaries),
                         [](const auto& binary) { return binary.param.name; });

}  // namespace
}  // namespace bookstore::of_limits
