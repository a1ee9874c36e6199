// The affinity mask of all binaries: which CPUs a row takes, and what would take it away.
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "bench/measure/machine/affinity.hpp"
#include "bench/shell/json_text.hpp"
#include "tests/support/command.hpp"

namespace bookstore::of_mask {
namespace {

using nlohmann::json;
using test::Outcome;

struct Binary {
  std::string name;
  std::string path;
  std::string row;  // a short one

  friend void PrintTo(const Binary& binary, std::ostream* to) { *to << binary.name; }
};

const std::vector<Binary> binaries{
    {"bench_throughput", BOOKSTORE_BENCH_THROUGHPUT, "shelving/sequential/workers:1/tasks:5"},
    {"bench_latency", BOOKSTORE_BENCH_LATENCY, "null/sequential/workers:1/rate:1000/duration:0.01"},
    {"bench_overhead", BOOKSTORE_BENCH_OVERHEAD, "grain/sequential/workers:1/tasks:20"},
};

class Mask : public testing::TestWithParam<Binary> {
 protected:
  static Outcome run(const std::vector<std::string>& more, const std::string& environment = "") {
    std::vector<std::string> arguments{"--row", GetParam().row, "--benchmark_format=json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return test::run_command(GetParam().path, arguments, environment);
  }
  static json context_of(const Outcome& outcome) {
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return parse_json(outcome.out).at("context");
  }
};

TEST_P(Mask, TakesOtherCpusWithEachRotation) {
  const auto context = [](const char* rotation) {
    return context_of(run({"--cores", "1", "--rotate", rotation}));
  };
  const json first = context("0");
  const json second = context("1");
  EXPECT_EQ(first.at("rotation"), "0");
  EXPECT_EQ(second.at("rotation"), "1");
  EXPECT_EQ(first.at("affinity"), context_of(run({"--cores", "1"})).at("affinity"));
  if (measure::allowed_cpus().size() < 2) GTEST_SKIP() << "one CPU: there is no other";
  EXPECT_NE(first.at("affinity"), second.at("affinity"));
}

TEST_P(Mask, OfAllCpusIsTheSameWithEveryRotation) {
  EXPECT_EQ(context_of(run({"--rotate", "3"})).at("affinity"), measure::cpu_list(measure::allowed_cpus()));
}

TEST_P(Mask, RefusesARotationThatIsNone) {
  for (const char* bad : {"-1", "many", "0.5"}) {
    const Outcome refused = run({"--rotate", bad});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_EQ(refused.error_lines(), 1);
    EXPECT_NE(refused.err.find("rotate is '" + std::string(bad) + "'"), std::string::npos) << refused.err;
  }
}

// libgomp binds the first thread before main(): the process would see one CPU, and run all rows there.
TEST_P(Mask, IsNotGivenUpForVariablesThatPlaceThreads) {
  const Outcome outcome = run(
      {},
      "env OMP_PROC_BIND=true 'OMP_PLACES={0}' GOMP_CPU_AFFINITY=0 KMP_AFFINITY=compact OMP_DYNAMIC=false ");
  const json context = context_of(outcome);
  EXPECT_EQ(context.at("affinity"), measure::cpu_list(measure::allowed_cpus()));
  const std::string list = "OMP_PROC_BIND=true OMP_PLACES={0} GOMP_CPU_AFFINITY=0 KMP_AFFINITY=compact";
  EXPECT_EQ(context.at("variables_taken_out"), list);
  EXPECT_TRUE(outcome.err.starts_with(GetParam().name +
                                      ": taken out of the environment, since the affinity " +
                                      "mask places all threads: " + list + "\n"))
      << outcome.err;
  const std::string in_force = context.at("runtime_variables");
  EXPECT_NE(in_force.find("OMP_DYNAMIC=false"), std::string::npos) << in_force;
  EXPECT_EQ(in_force.find("OMP_PROC_BIND"), std::string::npos) << in_force;
}

TEST_P(Mask, SaysNothingWhereNothingWasTakenOut) {
  const Outcome outcome = run({});
  EXPECT_EQ(context_of(outcome).at("variables_taken_out"), "none");
  EXPECT_EQ(outcome.err.find("taken out"), std::string::npos) << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(All, Mask, testing::ValuesIn(binaries),
                         [](const auto& binary) { return binary.param.name; });

}  // namespace
}  // namespace bookstore::of_mask
