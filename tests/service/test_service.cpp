// The service that answers waits: what it answers and when, what it accounts for, and how it ends.
#include "bench/service/service.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/seam/clocks.hpp"
#include "bench/seam/failures.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/taken_port.hpp"

namespace bookstore::service {
namespace {

using backend::Answer;
using backend::Connection;
using backend::Request;
using backend::SteadyClock;
using backend::WaitsBy;

constexpr std::uint32_t tasks = 100;

class ServiceOver : public testing::TestWithParam<WaitsBy> {
 protected:
  Service service_{GetParam(), tasks, {}};
};
INSTANTIATE_TEST_SUITE_P(Kinds, ServiceOver, testing::Values(WaitsBy::unix_socket, WaitsBy::tcp),
                         [](const auto& each) {
                           return std::string(each.param == WaitsBy::tcp ? "tcp" : "unix");
                         });

std::vector<Answer> fetch(Connection& connection, std::size_t count) {
  std::vector<Answer> answers;
  while (answers.size() < count) {
    pollfd waited{.fd = connection.descriptor(), .events = POLLIN, .revents = 0};
    poll(&waited, 1, -1);
    connection.receive(answers);
  }
  return answers;
}

TEST_P(ServiceOver, AnswersEachRequestOnItsConnectionInTheOrderInWhichTheyAreDue) {
  auto connections = service_.connect(2);
  const std::int64_t now = SteadyClock{}.now();
  std::vector<Request> slow{{now, 30'000'000, 1, 7}, {now, 10'000'000, 2, 8}, {now, 20'000'000, 3, 9}};
  std::vector<Request> quick{{now, 5'000'000, 4, 1}};
  connections[0].send(slow);
  connections[1].send(quick);
  const auto answers = fetch(connections[0], 3);
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[0].task, 2u);
  EXPECT_EQ(answers[1].task, 3u);
  EXPECT_EQ(answers[2].task, 1u);
  EXPECT_EQ(answers[2].step, 7u);
  EXPECT_GE(SteadyClock{}.now() - now, 30'000'000);
  EXPECT_EQ(fetch(connections[1], 1).at(0).task, 4u);
}

TEST_P(ServiceOver, BlocksUntilTheAnswerThatWasAskedFor) {
  auto connection = service_.connect(1);
  const std::int64_t begun = SteadyClock{}.now();
  connection[0].ask({begun, 3'000'000, 5, 0});
  EXPECT_GE(SteadyClock{}.now() - begun, 3'000'000);
}

// A hundred thousand requests and their answers are more than any socket holds.
TEST_P(ServiceOver, ReadsOnWhileNobodyFetchesItsAnswers) {
  auto connection = service_.connect(1);
  constexpr std::uint32_t many = 100'000;
  std::vector<Request> requests;
  for (std::uint32_t task = 0; task < many; ++task) requests.push_back({SteadyClock{}.now(), 1, task, 1});
  connection[0].send(requests);
  const auto answers = fetch(connection[0], many);
  std::vector<bool> seen(many);
  for (const Answer& each : answers) {
    ASSERT_FALSE(seen.at(each.task));
    seen.at(each.task) = true;
  }
  EXPECT_EQ(answers.size(), many);
}

// A stream may cut its messages anywhere.
TEST_P(ServiceOver, TakesRequestsInPieces) {
  auto connection = service_.connect(1);
  const std::vector<Request> requests{{SteadyClock{}.now(), 1, 6, 0}, {SteadyClock{}.now(), 1, 7, 0}};
  const auto bytes = std::as_bytes(std::span(requests));
  for (std::size_t at = 0; at < bytes.size(); at += 5) {
    const auto piece = bytes.subspan(at, std::min<std::size_t>(5, bytes.size() - at));
    ASSERT_EQ(send(connection[0].descriptor(), piece.data(), piece.size(), 0),
              static_cast<ssize_t>(piece.size()));
  }
  EXPECT_EQ(fetch(connection[0], 2).size(), 2u);
}

TEST_P(ServiceOver, AccountsForItsLatenessAndItsTimeSinceTheLastReport) {
  auto connection = service_.connect(1);
  const std::int64_t now = SteadyClock{}.now();
  std::vector<Request> requests{{now, 2'000'000, 3, 0}, {now, 3'000'000, 3, 1}, {now, 1'000'000, 4, 0}};
  connection[0].send(requests);
  fetch(connection[0], 3);
  const Reply reply = service_.report();
  EXPECT_EQ(reply.answers, 3u);
  EXPECT_GT(reply.cpu_ns, 0);
  EXPECT_LE(reply.late_p50, reply.late_p99);
  EXPECT_EQ(reply.late_p99, reply.late_max);
  const auto late = service_.late();
  EXPECT_GE(late[3], 0);
  EXPECT_EQ(late[5], 0);
  EXPECT_GE(late[3] + late[4], reply.late_max);
  EXPECT_EQ(service_.report().answers, 0u);
}

// What is due before it is sent is the sender's own lateness.
TEST_P(ServiceOver, IsNotLateForWhatItWasToldTooLate) {
  auto connection = service_.connect(1);
  const std::int64_t since_boot = SteadyClock{}.now();
  connection[0].ask({.begun = 0, .wait = 1, .task = 8, .step = 0});
  EXPECT_LT(service_.late()[8], since_boot);
}

// It is late while it stands still, whenever it reads what was sent meanwhile.
TEST_P(ServiceOver, IsLateForWhatItReadsTooLate) {
  constexpr std::int64_t stands = 50'000'000;
  auto connection = service_.connect(1);
  kill(service_.process(), SIGSTOP);
  const std::int64_t now = SteadyClock{}.now();
  std::vector<Request> requests{{now, 1'000'000, 8, 0}};
  connection[0].send(requests);
  SteadyClock{}.sleep_until(now + stands);
  kill(service_.process(), SIGCONT);
  fetch(connection[0], 1);
  EXPECT_GE(service_.late()[8], stands - 1'000'000);
  EXPECT_GE(service_.report().late_max, stands - 1'000'000);
}

// Those that stand in line are sent away, and told how many it took.
TEST_P(ServiceOver, SaysHowManyConnectionsItCanTake) {
  rlimit few{.rlim_cur = 30, .rlim_max = 30};
  ASSERT_EQ(prlimit(service_.process(), RLIMIT_NOFILE, &few, nullptr), 0);
  try {
    service_.connect(100);
    FAIL() << "it has no descriptors for them";
  } catch (const backend::LimitReached& limit) {
    const std::string said = limit.what();
    EXPECT_NE(said.find("of 100 connections"), std::string::npos) << said;
    EXPECT_NE(said.find("the service took "), std::string::npos) << said;
  }
}

TEST_P(ServiceOver, IsSaidToBeGoneWhereItWasEnded) {
  auto connection = service_.connect(1);
  kill(service_.process(), SIGKILL);
  EXPECT_THROW(connection[0].ask({SteadyClock{}.now(), 1'000'000, 0, 0}), backend::ConnectionLost);
  EXPECT_EQ(service_.fate(), "the service was ended by signal 9");
}

TEST_P(ServiceOver, IsGoneWithItsOwner) {
  pid_t process = -1;
  {
    Service service(GetParam(), tasks, {});
    process = service.process();
    EXPECT_EQ(kill(process, 0), 0);
  }
  EXPECT_NE(kill(process, 0), 0);
}

// Without a signal, by the end of the control alone; also where its owner was killed and could not see to it.
TEST_P(ServiceOver, EndsByItselfWithTheProcessThatStartedIt) {
  std::array<int, 2> told{};
  ASSERT_EQ(pipe(told.data()), 0);
  const pid_t owner = fork();
  ASSERT_GE(owner, 0);
  if (owner == 0) {
    Service service(GetParam(), tasks, {});
    const pid_t process = service.process();
    if (write(told[1], &process, sizeof process) != sizeof process) _exit(1);
    kill(getpid(), SIGKILL);
  }
  close(told[1]);
  pid_t process = -1;
  ASSERT_EQ(read(told[0], &process, sizeof process), static_cast<ssize_t>(sizeof process));
  // Whoever holds the other end, the service too, had it open: its end is the end of all of them.
  close(told[0]);
  waitpid(owner, nullptr, 0);
  EXPECT_TRUE(test::ends(process));
}

TEST(Service, SaysWhichPortIsInUse) {
  const test::TakenPort taken;
  try {
    const Service service(WaitsBy::tcp, tasks, {}, taken.number());
    FAIL() << "somebody listens there";
  } catch (const std::invalid_argument& refused) {
    EXPECT_NE(std::string(refused.what()).find(std::to_string(taken.number())), std::string::npos)
        << refused.what();
  }
}

TEST(Service, SaysHowManyConnectionsThereWereWhereDescriptorsEnd) {
  Service service(WaitsBy::unix_socket, tasks, {});
  rlimit usual{};
  getrlimit(RLIMIT_NOFILE, &usual);
  const rlimit few{.rlim_cur = 40, .rlim_max = usual.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  std::string said;
  try {
    service.connect(100);
  } catch (const backend::LimitReached& limit) {
    said = limit.what();
  }
  setrlimit(RLIMIT_NOFILE, &usual);
  EXPECT_NE(said.find("of 100 connections"), std::string::npos) << said;
  EXPECT_NE(said.find("ulimit -n"), std::string::npos) << said;
}

}  // namespace
}  // namespace bookstore::service
