// What a runtime makes of answers that come out of order, split anywhere, or not at all.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "bench/backends/any_backend.hpp"
#include "tests/support/jobs.hpp"

namespace bookstore::backend {
namespace {

// The other ends of the connections, of which each is served by a thread until its stream ends. It answers
// what it has read in one go, the last request first, five bytes at a time.
class Peer {
 public:
  // Closes each connection after so many answers, and a half.
  static constexpr std::size_t unlimited = std::size_t{1} << 60;
  static constexpr std::size_t deaf = 0;  // reads, and answers nothing

  Peer(std::size_t connections, std::size_t answers, bool closes) {
    for (std::size_t each = 0; each < connections; ++each) {
      std::array<int, 2> ends{};
      if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::runtime_error("no socketpair");
      connections_.emplace_back(ends[0]);
      threads_.emplace_back([end = ends[1], answers, closes] { serve(end, answers, closes); });
    }
  }
  // Returns when all copies of the connections are closed.
  ~Peer() {
    for (std::thread& each : threads_) each.join();
  }

  std::vector<Connection> connections() { return std::move(connections_); }

 private:
  static void serve(int end, std::size_t answers, bool closes) {
    std::array<std::byte, 4096> bytes{};
    std::size_t held = 0;
    bool open = true;
    while (open) {
      const ssize_t came = read(end, bytes.data() + held, bytes.size() - held);
      if (came <= 0) break;
      held += static_cast<std::size_t>(came);
      std::vector<Request> requests(held / sizeof(Request));
      std::memcpy(requests.data(), bytes.data(), requests.size() * sizeof(Request));
      held -= requests.size() * sizeof(Request);
      std::memmove(bytes.data(), bytes.data() + requests.size() * sizeof(Request), held);
      while (!requests.empty() && answers > 0) {
        const Answer answer{requests.back().task, requests.back().step};
        requests.pop_back();
        const bool last = --answers == 0 && closes;
        open = send_in_pieces(end, std::as_bytes(std::span(&answer, 1)).first(last ? 4 : 8)) && !last;
      }
    }
    close(end);
  }
  static bool send_in_pieces(int end, std::span<const std::byte> bytes) {
    for (; !bytes.empty(); bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), 5)))
      if (send(end, bytes.data(), std::min<std::size_t>(bytes.size(), 5), MSG_NOSIGNAL) < 0) return false;
    return true;
  }

  std::vector<Connection> connections_;
  std::vector<std::thread> threads_;
};

// Every task waits twice.
constexpr Wait a_wait = 1'000;

class AnswersInPieces : public testing::TestWithParam<std::string_view> {
 protected:
  int workers() const { return find_backend(GetParam()).single_threaded ? 1 : 3; }
  template <class Job>
  void run(Job& job, Peer& peer, bool open = false) {
    AnyBackend backend(GetParam(), workers(), open ? Load::open : Load::closed);
    Sockets sockets(peer.connections(), [&] { return backend.worker(); });
    const std::vector<std::int64_t> at(job.size(), 0);
    if (open)
      backend.run(job, Schedule{.at = at}, NoProbe{}, SocketWaits(sockets));
    else
      backend.run(job, AllAtOnce{}, NoProbe{}, SocketWaits(sockets));
  }
};

TEST_P(AnswersInPieces, ReachTheirTasksFromEitherDoor) {
  for (const bool open : {false, true}) {
    Peer peer(static_cast<std::size_t>(workers()), Peer::unlimited, false);
    test::AccountedJob job(500, {a_wait, a_wait});
    run(job, peer, open);
    EXPECT_EQ(job.tasks_not_done_once(), 0u);
  }
}

TEST_P(AnswersInPieces, FailTheRunWhereTheStreamEndsWithinOne) {
  for (const bool open : {false, true}) {
    Peer peer(static_cast<std::size_t>(workers()), 20, true);
    test::AccountedJob job(500, {a_wait, a_wait});
    EXPECT_THROW(run(job, peer, open), ConnectionLost);
  }
}

// The last task spills while the others wait for what is never said.
struct Spilling {
  std::uint32_t size() const { return 50; }
  Wait step(std::uint32_t task, std::uint32_t) {
    if (task == 49) throw std::logic_error("spilled");
    return a_wait;
  }
};

TEST_P(AnswersInPieces, AreNotAwaitedByAFailedRun) {
  if (!find_backend(GetParam()).submitter) GTEST_SKIP() << "loops end what waits at them";
  for (const bool open : {false, true}) {
    Peer peer(static_cast<std::size_t>(workers()), Peer::deaf, false);
    Spilling job;
    EXPECT_THROW(run(job, peer, open), std::logic_error);
  }
}

// A runtime's copies of the connections are closed while it lives, and the connections serve on: they block.
TEST_P(AnswersInPieces, LeaveTheConnectionsAsTheyWere) {
  AnyBackend backend(GetParam(), workers());
  for (int time = 0; time < 2; ++time) {
    Peer peer(static_cast<std::size_t>(workers()), Peer::unlimited, false);
    Sockets sockets(peer.connections(), [&] { return backend.worker(); });
    test::AccountedJob job(100, {a_wait});
    backend.run(job, AllAtOnce{}, NoProbe{}, SocketWaits(sockets));
    for (int worker = 0; worker < workers(); ++worker)
      EXPECT_NO_THROW(sockets.of(worker).ask({.begun = 0, .wait = 0, .task = 1, .step = 1}));
  }
}

std::vector<std::string_view> overlapped() {
  std::vector<std::string_view> names;
  for (const BackendTraits& traits : Registry::traits)
    if (traits.waits == Waits::overlapped && traits.time == Time::real) names.push_back(traits.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Backends, AnswersInPieces, testing::ValuesIn(overlapped()),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace bookstore::backend
