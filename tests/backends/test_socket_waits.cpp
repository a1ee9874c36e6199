// What every backend makes of waits that are real: answers of a service over sockets.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include "bench/backends/any_backend.hpp"
#include "bench/service/service.hpp"
#include "tests/support/jobs.hpp"

namespace bookstore::backend {

// How a test is listed.
static void PrintTo(const BackendTraits& traits, std::ostream* to) { *to << traits.name; }
static void PrintTo(const WaitsBy& by, std::ostream* to) { *to << (by == WaitsBy::tcp ? "tcp" : "unix"); }

namespace {

using Case = std::tuple<BackendTraits, WaitsBy>;

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return std::string(std::get<0>(info.param).name) +
         (std::get<1>(info.param) == WaitsBy::tcp ? "_tcp" : "_unix");
}

class SocketWaitsOf : public testing::TestWithParam<Case> {
 protected:
  static constexpr std::uint32_t most_tasks = 1000;

  const BackendTraits& traits() const { return std::get<0>(GetParam()); }
  bool blocks() const { return traits().waits == Waits::blocking; }
  int workers() const { return traits().single_threaded ? 1 : 3; }
  // Steps before the one in which all workers that block wait, but for its own.
  int when_all_wait() const { return blocks() ? workers() - 1 : 2; }

  template <class J, class Door>
  void run(J& job, const Door& door, Load load) {
    AnyBackend backend(traits().name, workers(), load);
    Sockets sockets(service_.connect(static_cast<std::size_t>(workers())),
                    [&backend] { return backend.worker(); });
    sockets_ = &sockets;
    backend.run(job, door, NoProbe{}, SocketWaits(sockets));
  }
  template <class J>
  void run(J& job) {
    run(job, AllAtOnce{}, Load::closed);
  }

  service::Service service_{std::get<1>(GetParam()), most_tasks, {}};
  Sockets* sockets_ = nullptr;  // of the run that goes on
};
INSTANTIATE_TEST_SUITE_P(Backends, SocketWaitsOf,
                         testing::Combine(testing::ValuesIn(Registry::traits),
                                          testing::Values(WaitsBy::unix_socket, WaitsBy::tcp)),
                         name_of);

// Reads the clock at the end of each step and at the beginning of the next.
class TimedJob : public test::AccountedJob {
 public:
  explicit TimedJob(std::uint32_t tasks)
      : AccountedJob(tasks, {1, 2'000'000, 1'999, 30'000, 333'333, 1'000'000}), ended_(tasks, 0) {}

  Wait step(std::uint32_t task, std::uint32_t step) {
    if (step > 0 && clock_.now() < ended_[task] + wait_after(task, step - 1)) early_.fetch_add(1);
    const Wait wait = AccountedJob::step(task, step);
    ended_[task] = clock_.now();
    return wait;
  }

  std::uint32_t early() const { return early_.load(); }

 private:
  std::vector<std::int64_t> ended_;
  std::atomic<std::uint32_t> early_{0};
  SteadyClock clock_;
};

TEST_P(SocketWaitsOf, AreNeverCutShortAndLoseNobody) {
  TimedJob job(60);
  run(job);
  EXPECT_EQ(job.early(), 0u);
  EXPECT_EQ(job.tasks_not_done_once(), 0u);
  EXPECT_EQ(job.steps_out_of_order(), 0u);
}

TEST_P(SocketWaitsOf, AreNeverCutShortAndLoseNobodyWhereTasksArriveOneByOne) {
  TimedJob job(60);
  std::vector<std::int64_t> at;
  for (std::uint32_t task = 0; task < job.size(); ++task) at.push_back(task * 100'000);
  run(job, Schedule{.at = at, .start = SteadyClock{}.now()}, Load::open);
  EXPECT_EQ(job.early(), 0u);
  EXPECT_EQ(job.tasks_not_done_once(), 0u);
}

TEST_P(SocketWaitsOf, KeepToTheMostTasksInFlight) {
  if (blocks()) GTEST_SKIP() << "has as many in flight as workers";
  test::WaitingJob job(60, 100'000);
  run(job, AllAtOnce{.in_flight = 4}, Load::closed);
  EXPECT_EQ(job.finished(), 60u);
  EXPECT_LE(job.most_in_flight(), 4u);
}

// The service stands still until as many have begun as can without an answer.
class HeldJob : public test::WaitingJob {
 public:
  HeldJob(std::uint32_t tasks, pid_t service, std::uint32_t begun)
      : WaitingJob(tasks, 1'000'000), service_(service), begun_(begun) {}

  Wait step(std::uint32_t task, std::uint32_t step) {
    const Wait wait = WaitingJob::step(task, step);
    if (step == 0 && count_.fetch_add(1) + 1 == begun_) kill(service_, SIGCONT);
    return wait;
  }

 private:
  pid_t service_;
  std::uint32_t begun_;
  std::atomic<std::uint32_t> count_{0};
};

TEST_P(SocketWaitsOf, OverlapOnFewerWorkersOrBlockThem) {
  constexpr std::uint32_t tasks = 100;
  const auto held = blocks() ? static_cast<std::uint32_t>(workers()) : tasks;
  HeldJob job(tasks, service_.process(), held);
  AnyBackend backend(traits().name, workers());
  Sockets sockets(service_.connect(static_cast<std::size_t>(workers())),
                  [&backend] { return backend.worker(); });
  kill(service_.process(), SIGSTOP);
  backend.run(job, AllAtOnce{}, NoProbe{}, SocketWaits(sockets));
  EXPECT_EQ(job.finished(), tasks);
  EXPECT_EQ(job.most_in_flight(), held);
}

// Does something to the service while others wait for it for longer than any test lasts.
template <class Do>
class BreakingJob {
 public:
  // In so many steps from now.
  BreakingJob(std::uint32_t tasks, int after, Do what) : tasks_(tasks), after_(after), what_(what) {}

  std::uint32_t size() const { return tasks_; }
  Wait step(std::uint32_t, std::uint32_t) {
    if (count_.fetch_add(1) == after_) what_();
    return 600'000'000'000;
  }

 private:
  std::uint32_t tasks_;
  int after_;
  Do what_;
  std::atomic<int> count_{0};
};

TEST_P(SocketWaitsOf, EndWithTheServiceThatIsKilled) {
  BreakingJob job(50, when_all_wait(), [this] { kill(service_.process(), SIGKILL); });
  EXPECT_THROW(run(job), ConnectionLost);
  EXPECT_EQ(service_.fate(), "the service was ended by signal 9");
}

TEST_P(SocketWaitsOf, EndWithConnectionsThatAreReset) {
  BreakingJob job(50, when_all_wait(), [this] {
    for (int worker = 0; worker < workers(); ++worker) shutdown(sockets_->of(worker).descriptor(), SHUT_RDWR);
  });
  EXPECT_THROW(run(job), ConnectionLost);
  EXPECT_EQ(service_.fate(), "the service still runs");
}

TEST_P(SocketWaitsOf, EndWithAStepThatThrows) {
  struct Thrown {};
  class ThrowingJob : public test::WaitingJob {
   public:
    using WaitingJob::WaitingJob;
    Wait step(std::uint32_t task, std::uint32_t step) {
      if (task == 7 && step == 1) throw Thrown();
      return WaitingJob::step(task, step);
    }
  };
  ThrowingJob job(50, 1'000'000);
  EXPECT_THROW(run(job), Thrown);
}

// What a failed run leaves behind, on connections of its own, is nothing to the next one.
TEST_P(SocketWaitsOf, GoOnInTheSameTeamAfterAFailedRun) {
  AnyBackend backend(traits().name, workers());
  const auto worker = [&backend] { return backend.worker(); };
  {
    Sockets sockets(service_.connect(static_cast<std::size_t>(workers())), worker);
    BreakingJob job(20, when_all_wait(), [&sockets] {
      for (std::size_t each = 0; each < sockets.size(); ++each)
        shutdown(sockets.of(static_cast<int>(each)).descriptor(), SHUT_RDWR);
    });
    EXPECT_THROW(backend.run(job, AllAtOnce{}, NoProbe{}, SocketWaits(sockets)), ConnectionLost);
  }
  Sockets sockets(service_.connect(static_cast<std::size_t>(workers())), worker);
  test::WaitingJob job(40, 100'000);
  backend.run(job, AllAtOnce{}, NoProbe{}, SocketWaits(sockets));
  EXPECT_EQ(job.finished(), 40u);
}

}  // namespace
}  // namespace bookstore::backend
