// Rows whose waits are real, in the binaries: what they report, and how they end when something is amiss with
// the service.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "bench/backends/registry.hpp"
#include "bench/shell/json_text.hpp"
#include "tests/support/build.hpp"
#include "tests/support/command.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/taken_port.hpp"

namespace bookstore::of_real_waits {
namespace {

using nlohmann::json;

struct Binary {
  std::string name;
  std::string path;
  std::string row;      // that ends soon, but for its waits
  std::string endless;  // one whose waits outlast any test
  friend void PrintTo(const Binary& binary, std::ostream* to) { *to << binary.name; }
};

const std::vector<Binary> binaries{
    {"bench_throughput", BOOKSTORE_BENCH_THROUGHPUT, "counter/threads/workers:2/tasks:20",
     "counter/threads/workers:2/tasks:20/wait_scale:1e6"},
    {"bench_latency", BOOKSTORE_BENCH_LATENCY, "counter/threads/workers:2/rate:1000/duration:0.05",
     "counter/threads/workers:2/rate:1000/duration:0.05/wait_scale:1e6"},
    {"bench_overhead", BOOKSTORE_BENCH_OVERHEAD, "round_trip/threads/workers:1/round_trips:100",
     "round_trip/threads/workers:1/round_trips:10000000"},
};

// The child of that process that answers waits; -1: it has none (yet).
pid_t service_of(pid_t process) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (!std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; })) continue;
    const std::string state = test::state_of(name);
    if (state.empty() || std::stoi(state.substr(2)) != process) continue;
    if (test::contents_of(entry.path() / "cmdline").find("--serve-waits") != std::string::npos)
      return std::stoi(name);
  }
  return -1;
}

// A binary that runs while the test goes on.
class Running {
 public:
  explicit Running(const std::string& path, const std::string& row) {
    process_ = fork();
    if (process_ == 0) {
      dup2(open(folder_.file("out").c_str(), O_CREAT | O_WRONLY, 0600), STDOUT_FILENO);
      dup2(open(folder_.file("err").c_str(), O_CREAT | O_WRONLY, 0600), STDERR_FILENO);
      execl(path.c_str(), path.c_str(), "--row", row.c_str(), nullptr);
      _exit(127);
    }
    while (service_ < 0) {
      usleep(1000);
      service_ = service_of(process_);
      if (waitpid(process_, &status_, WNOHANG) != process_) continue;
      process_ = -1;
      return;
    }
  }
  ~Running() {
    if (process_ < 0) return;
    kill(process_, SIGKILL);
    wait();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  pid_t process() const { return process_; }
  pid_t service() const { return service_; }
  int wait() {
    waitpid(process_, &status_, 0);
    process_ = -1;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
  }
  std::string error() const { return test::contents_of(folder_.file("err")); }

 private:
  test::TemporaryFolder folder_;
  pid_t process_ = -1;
  pid_t service_ = -1;
  int status_ = 0;
};

class RealWaits : public testing::TestWithParam<Binary> {
 protected:
  static json row_of(const std::string& row) {
    const auto outcome = test::run_command(GetParam().path, {"--row", row, "--benchmark_format=json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return json::parse(outcome.out).at("benchmarks").at(0);
  }
};
INSTANTIATE_TEST_SUITE_P(Binaries, RealWaits, testing::ValuesIn(binaries),
                         [](const auto& each) { return each.param.name; });

TEST_P(RealWaits, AreInTheRowsNameAndFiguresWithTheServiceBeside) {
  for (const std::string waits : {"unix", "tcp"}) {
    const json row = row_of(GetParam().row + "/waits:" + waits);
    EXPECT_NE(row.at("name").get<std::string>().find("/waits:" + waits), std::string::npos);
    EXPECT_EQ(row.at("waits_unix"), waits == "unix" ? 1 : 0);
    EXPECT_EQ(row.at("waits_tcp"), waits == "tcp" ? 1 : 0);
    EXPECT_GE(row.at("service_late_p99_us"), row.at("service_late_p50_us"));
    EXPECT_TRUE(row.contains("service_outside"));
    const bool trips = GetParam().name == "bench_overhead";
    EXPECT_GT(row.at(trips ? "service_cpu_us_per_round_trip" : "service_cpu_us_per_task"), 0);
  }
  const json timers = row_of(GetParam().row);
  EXPECT_EQ(timers.at("waits_unix"), 0);
  EXPECT_EQ(timers.at("waits_tcp"), 0);
  EXPECT_FALSE(timers.contains("service_outside"));
}

TEST_P(RealWaits, EndInOneLineWhenTheServiceIsKilled) {
  Running running(GetParam().path, GetParam().endless + "/waits:unix");
  ASSERT_GT(running.service(), 0) << running.error();
  kill(running.service(), SIGKILL);
  EXPECT_EQ(running.wait(), 2);
  const std::string error = running.error();
  // What Google Benchmark says beside begins otherwise.
  std::istringstream lines(error);
  int own = 0;
  for (std::string line; std::getline(lines, line);) own += line.starts_with("bench_") ? 1 : 0;
  EXPECT_EQ(own, 1) << error;
  EXPECT_NE(error.find("the service was ended by signal 9"), std::string::npos) << error;
  EXPECT_NE(error.find("/waits:unix"), std::string::npos) << error;
}

TEST_P(RealWaits, EndWithTheirProcessHoweverThatEnds) {
  for (const int signal : {SIGTERM, SIGKILL}) {
    Running running(GetParam().path, GetParam().endless + "/waits:tcp");
    ASSERT_GT(running.service(), 0) << running.error();
    kill(running.process(), signal);
    running.wait();
    EXPECT_TRUE(test::ends(running.service()));
  }
}

TEST_P(RealWaits, AreRefusedInOneLineWhereThePortIsInUse) {
  std::optional<test::TakenPort> taken(std::in_place);
  const std::string port = std::to_string(taken->number());
  const std::vector<std::string> arguments{"--row", GetParam().row + "/waits:tcp", "--port", port};
  test::expect_refused(test::run_command(GetParam().path, arguments), "port " + port);
  taken.reset();
  EXPECT_EQ(test::run_command(GetParam().path, arguments).exit_code, 0) << "the port is free again";
  test::expect_refused(test::run_command(GetParam().path, {"--row", GetParam().row, "--port", "0"}), "port");
}

TEST(RealWaitsOfManyWorkers, AreRefusedInOneLineWhereDescriptorsEnd) {
  const std::vector<std::string> arguments{"--row", "counter/threads/workers:100/tasks:200/waits:unix"};
  test::expect_refused(test::run_command(BOOKSTORE_BENCH_THROUGHPUT, arguments, "ulimit -n 60; "),
                       "ulimit -n");
}

TEST(RealWaitsOfEveryBackend, EndInTheSameShopClosedAndOpen) {
  for (const auto& traits : backend::Registry::traits) {
    const std::string row = "day/" + std::string(traits.name) + (traits.single_threaded ? "" : "/workers:2") +
                            "/wait_scale:0.1/waits:unix";
    const auto closed = test::run_command(BOOKSTORE_BENCH_THROUGHPUT, {"--row", row + "/tasks:1000"});
    EXPECT_EQ(closed.exit_code, 0) << row << ": " << closed.err;
    const auto open = test::run_command(BOOKSTORE_BENCH_LATENCY, {"--row", row + "/rate:500/duration:0.1"});
    EXPECT_EQ(open.exit_code, 0) << row << ": " << open.err;
  }
}

TEST(RealWaitsOfSomeRows, AreRefusedWhereOnlyTimersMeanSomething) {
  const std::string row = "counter/threads/workers:2/tasks:20/waits:unix";
  test::expect_refused(test::run_command(BOOKSTORE_BENCH_THROUGHPUT, {"--row", row, "--drive"}), "--drive");
  test::expect_refused(
      test::run_command(BOOKSTORE_BENCH_THROUGHPUT, {"--row", row, "--timeline", "/dev/null"}), "--timeline");
  test::expect_refused(
      test::run_command(BOOKSTORE_BENCH_THROUGHPUT, {"--row", "counter/simulated/waits:tcp"}), "simulated");
  test::expect_refused(
      test::run_command(BOOKSTORE_BENCH_LATENCY, {"--row", "null/threads/rate:100/duration:0.1/waits:tcp"}),
      "waits has no meaning for null");
  test::expect_refused(test::run_command(BOOKSTORE_BENCH_OVERHEAD, {"--row", "round_trip/threads/waits:udp"}),
                       "one of timer, unix, tcp");
}

}  // namespace
}  // namespace bookstore::of_real_waits
