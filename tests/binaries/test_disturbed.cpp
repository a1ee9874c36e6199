// What disturbs a run from outside: a busy neighbour, whom the test starts and ends and every binary sees;
// and a clock that somebody sets, which no binary goes by.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/measure/machine/affinity.hpp"
#include "bench/shell/json_text.hpp"
#include "tests/support/command.hpp"

namespace bookstore::of_disturbed {
namespace {

using nlohmann::json;

// One process on each CPU that does nothing but burn it, for as long as this lives.
class BusyNeighbours {
 public:
  explicit BusyNeighbours(const std::vector<int>& cpus) {
    for (const int cpu : cpus) {
      const pid_t neighbour = fork();
      if (neighbour == 0) burn(cpu);
      if (neighbour < 0) throw std::runtime_error("no process for a busy neighbour");
      neighbours_.push_back(neighbour);
    }
  }
  ~BusyNeighbours() {
    for (const pid_t each : neighbours_) {
      kill(each, SIGKILL);
      waitpid(each, nullptr, 0);
    }
  }
  BusyNeighbours(const BusyNeighbours&) = delete;
  BusyNeighbours& operator=(const BusyNeighbours&) = delete;

 private:
  [[noreturn]] static void burn(int cpu) {
    measure::set_mask({cpu});
    // Not for ever, should nobody be left to end it.
    alarm(60);
    for (;;) asm volatile("");
  }

  std::vector<pid_t> neighbours_;
};

struct Binary {
  std::string name;
  std::string path;
  std::string row;  // one that works for about a tenth of a second

  friend void PrintTo(const Binary& binary, std::ostream* to) { *to << binary.name; }
};

const std::vector<Binary> binaries{
    {"bench_throughput", BOOKSTORE_BENCH_THROUGHPUT, "shelving/threads/workers:1/tasks:8000"},
    {"bench_latency", BOOKSTORE_BENCH_LATENCY, "shelving/threads/workers:1/rate:20000/duration:0.2"},
    {"bench_overhead", BOOKSTORE_BENCH_OVERHEAD, "grain/threads/workers:1/work_ns:1000/tasks:80000"},
};

class Disturbed : public testing::TestWithParam<Binary> {};

TEST_P(Disturbed, RunsSayWhatOthersTookOfTheirCpus) {
  const BusyNeighbours neighbours(measure::allowed_cpus());
  const auto outcome = test::run_command(
      GetParam().path, {"--row", GetParam().row, "--cores", "1", "--benchmark_format=json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json document = parse_json(outcome.out);
  const json& row = document.at("benchmarks").at(0);
  // Half of each CPU where the run wants it, all of it where it does not.
  EXPECT_GT(row.at("others_fraction"), 0.2) << row;
  EXPECT_LE(row.at("others_fraction"), 1) << row;
  EXPECT_EQ(row.at("disturbed"), 1) << row;
  EXPECT_TRUE(row.contains("steal_fraction")) << row;
  EXPECT_FALSE(document.at("context").at("others_source").get<std::string>().empty());
}

TEST_P(Disturbed, RunsGoByNoClockThatSomebodySets) {
#ifndef BOOKSTORE_JUMPING_CLOCK
  GTEST_SKIP() << "a sanitizer wants its own runtime to come first";
#else
  const auto outcome =
      test::run_command(GetParam().path, {"--row", GetParam().row, "--benchmark_format=json"},
                        "LD_PRELOAD='" BOOKSTORE_JUMPING_CLOCK "' ");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const json document = parse_json(outcome.out);
  const json& row = document.at("benchmarks").at(0);
  // By the other clock a run takes half a day, or ends before it has begun.
  const std::string unit = row.at("time_unit");
  const double ns = row.at("real_time").get<double>() * (unit == "ms" ? 1e6 : unit == "us" ? 1e3 : 1);
  EXPECT_GT(ns, 0) << row;
  EXPECT_LT(ns, 60e9) << row;
  for (const auto& [name, value] : row.items()) {
    if (!value.is_number() || !name.ends_with("_us")) continue;
    EXPECT_GE(value, 0) << name;
    EXPECT_LT(value, 60e6) << name;
  }
#endif
}

INSTANTIATE_TEST_SUITE_P(All, Disturbed, testing::ValuesIn(binaries),
                         [](const auto& binary) { return binary.param.name; });

}  // namespace
}  // namespace bookstore::of_disturbed
