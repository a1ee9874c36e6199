#include "bench/service/serve.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "bench/seam/clocks.hpp"
#include "bench/seam/number_in.hpp"
#include "bench/seam/sockets/protocol.hpp"
#include "bench/seam/timers/timer_queue.hpp"
#include "bench/seam/timers/wait_end.hpp"
#include "bench/service/account.hpp"
#include "bench/service/control.hpp"
#include "bench/service/stream.hpp"

namespace bookstore::service {

namespace {

[[noreturn]] void throw_errno(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}

class Server {
 public:
  // `late`: by task, how late its answers were, summed.
  Server(int listener, int control, std::span<std::int64_t> late, bool outside)
      : listener_(listener), control_(control), late_(late), outside_(outside), timers_(clock_.now()) {
    poll_ = epoll_create1(EPOLL_CLOEXEC);
    timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (poll_ < 0 || timer_ < 0) throw_errno("no descriptor");
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN, for_listener);
    watch(EPOLL_CTL_ADD, control_, EPOLLIN, for_control);
    watch(EPOLL_CTL_ADD, timer_, EPOLLIN, for_timer);
  }

  // Until the other end of the control is closed.
  void run() {
    std::array<epoll_event, 64> events{};
    while (open_) {
      set_timer();
      const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
      if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
      for (int i = 0; i < count; ++i) see_to(events[static_cast<std::size_t>(i)]);
      answer();
    }
  }

 private:
  static constexpr std::uint64_t for_listener = 0, for_control = 1, for_timer = 2, first_stream = 3;

  struct Token {
    std::uint32_t stream;
    Stream::Due due;
  };

  void watch(int operation, int descriptor, std::uint32_t events, std::uint64_t for_whom) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = for_whom;
    if (epoll_ctl(poll_, operation, descriptor, &event) != 0) throw_errno("epoll_ctl");
  }

  // A timer of 0 would be none.
  void set_timer() {
    const std::int64_t at = timers_.next_deadline();
    if (at == armed_) return;
    armed_ = at;
    itimerspec when{};
    if (at != backend::never) {
      const std::int64_t time = std::max<std::int64_t>(at, 1);
      when.it_value = {static_cast<time_t>(time / 1'000'000'000), static_cast<long>(time % 1'000'000'000)};
    }
    if (timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr) != 0) throw_errno("timerfd_settime");
  }

  void see_to(const epoll_event& event) {
    switch (event.data.u64) {
      case for_listener:
        return accept_all();
      case for_control:
        return obey();
      case for_timer:
        return;
      default:
        break;
    }
    const auto number = static_cast<std::uint32_t>(event.data.u64 - first_stream);
    Stream& stream = streams_[number];
    if (!stream.open()) return;
    if ((event.events & EPOLLOUT) != 0) send(number);
    if (!stream.open() || (event.events & ~std::uint32_t{EPOLLOUT}) == 0) return;
    const bool goes_on = stream.read(buffer_, [&](const Request& request) {
      const std::int64_t due =
          std::max(backend::ExactWaits::end_of(request.begun, request.wait).at, request.sent);
      timers_.push(due, {number, {{request.task, request.step}, due}});
    });
    if (!goes_on) stream.close();
  }

  void accept_all() {
    for (;;) {
      const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (descriptor >= 0) {
        const int yes = 1;  // refused by a stream that is not TCP's
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        streams_.emplace_back(descriptor);
        watch(EPOLL_CTL_ADD, descriptor, EPOLLIN, first_stream + streams_.size() - 1);
      } else if (errno == EAGAIN) {
        break;
      } else if (errno != EINTR && errno != ECONNABORTED) {
        refused_ = errno;  // no descriptor: those that stand in line are sent away
        ::close(listener_);
        break;
      }
    }
    reply_accepted();
  }

  void obey() {
    Command command{};
    const ssize_t came = recv(control_, &command, sizeof command, MSG_DONTWAIT);
    if (came < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (came != sizeof command) {
      open_ = false;
      return;
    }
    if (command.what == Command::What::accepted) {
      awaited_ = command.connections;
      asked_ = true;
      reply_accepted();
    } else {
      Reply reply{.outside = outside_};
      account_.report(reply);
      say(reply);
    }
  }
  void reply_accepted() {
    if (!asked_ || (refused_ == 0 && streams_.size() < awaited_)) return;
    asked_ = false;
    say({.error = streams_.size() < awaited_ ? refused_ : 0,
         .connections = static_cast<std::uint32_t>(streams_.size())});
  }
  void say(const Reply& reply) {
    if (::send(control_, &reply, sizeof reply, MSG_NOSIGNAL) != sizeof reply) open_ = false;
  }

  void answer() {
    timers_.pop_due(clock_.now(), [&](const Token& token, std::int64_t) {
      Stream& stream = streams_[token.stream];
      if (stream.open() && stream.add(token.due)) to_send_.push_back(token.stream);
    });
    for (const std::uint32_t number : to_send_) send(number);
    to_send_.clear();
  }
  void send(std::uint32_t number) {
    Stream& stream = streams_[number];
    const std::int64_t now = clock_.now();
    const bool was_blocked = stream.blocked();
    const bool goes_on = stream.send([&](const Answer& answer, std::int64_t due) {
      const std::int64_t late = now - due;
      account_.add(late);
      if (answer.task < late_.size()) late_[answer.task] += late;
    });
    if (!goes_on) return stream.close();
    if (stream.blocked() != was_blocked)
      watch(EPOLL_CTL_MOD, stream.descriptor(), was_blocked ? EPOLLIN : EPOLLIN | EPOLLOUT,
            first_stream + number);
  }

  backend::SteadyClock clock_;
  int listener_;
  int control_;
  int poll_ = -1;
  int timer_ = -1;
  std::span<std::int64_t> late_;
  bool outside_;
  backend::TimerQueue<Token> timers_;
  std::int64_t armed_ = backend::never;
  std::deque<Stream> streams_;
  std::vector<std::uint32_t> to_send_;
  std::array<std::byte, std::size_t{64} << 10> buffer_{};
  Account account_;
  bool open_ = true;
  bool asked_ = false;
  std::uint32_t awaited_ = 0;
  int refused_ = 0;
};

// To the CPUs of a list such as 1,3; none: where it was started. Whether it has those alone.
bool move_to(std::string_view cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  while (!cpus.empty()) {
    const std::string_view first = cpus.substr(0, cpus.find(','));
    cpus.remove_prefix(std::min(cpus.size(), first.size() + 1));
    CPU_SET(static_cast<unsigned>(std::stoi(std::string(first))), &set);
  }
  return CPU_COUNT(&set) > 0 && sched_setaffinity(0, sizeof set, &set) == 0;
}

// As many connections as there may be.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(int listener, int control, int late, std::size_t tasks, std::string_view cpus) {
  // It ends when the control does, whatever happens to the process that holds the other end of it: even while
  // it is stopped.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "bookstore waits");
  prctl(PR_SET_TIMERSLACK, 1);
  // What is typed at a terminal is for that process.
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  const bool outside = move_to(cpus);
  raise_descriptor_limit();
  const std::size_t bytes = std::max<std::size_t>(tasks, 1) * sizeof(std::int64_t);
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, late, 0);
  if (memory == MAP_FAILED) throw_errno("mmap");
  Server server(listener, control, {static_cast<std::int64_t*>(memory), tasks}, outside);
  server.run();
  return 0;
}

}  // namespace

std::optional<int> serve_if_asked(int argc, char** argv) {
  if (argc != 7 || std::string_view(argv[1]) != serve_argument) return std::nullopt;
  try {
    return serve(std::stoi(argv[2]), std::stoi(argv[3]), std::stoi(argv[4]), std::stoul(argv[5]), argv[6]);
  } catch (const std::exception&) {
    // Who started it sees its connections end, and says so.
    return 1;
  }
}

}  // namespace bookstore::service
