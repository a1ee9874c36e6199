#include "bench/service/service.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "bench/seam/failures.hpp"

namespace bookstore::service {

namespace {

using backend::LimitReached;
using backend::WaitsBy;

// A descriptor on its way to somebody.
class Held {
 public:
  explicit Held(int descriptor) : descriptor_(descriptor) {}
  ~Held() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

// Without a virtual call, which a sanitizer cannot check where there are no descriptors left.
[[noreturn]] void throw_limit(const std::string& what, int error) {
  throw LimitReached("waits over sockets: " + what + " (" + std::strerror(error) +
                     "); ask for fewer workers, or raise ulimit -n");
}

int domain_of(WaitsBy by) { return by == WaitsBy::tcp ? AF_INET : AF_UNIX; }

int new_socket(WaitsBy by) {
  const int made = socket(domain_of(by), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) throw_limit("the system gives no socket", errno);
  return made;
}

template <class Address>
std::vector<std::byte> bytes_of(const Address& address, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(&address, 1)).first(size);
  return {bytes.begin(), bytes.end()};
}

// Of a socket without a place in the file system, so that nothing is left of it.
std::vector<std::byte> unix_address() {
  static std::atomic<unsigned> next{0};
  const std::string name =
      "bookstore-waits-" + std::to_string(getpid()) + "-" + std::to_string(next.fetch_add(1));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), address.sun_path + 1);
  return bytes_of(address, offsetof(sockaddr_un, sun_path) + 1 + name.size());
}

std::vector<std::byte> tcp_address(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return bytes_of(address, sizeof address);
}

const sockaddr* as_address(const std::vector<std::byte>& bytes) {
  return reinterpret_cast<const sockaddr*>(bytes.data());
}

// Listens, and puts the port that it was given into the address.
int listening(WaitsBy by, std::vector<std::byte>& address, int port) {
  Held listener(new_socket(by));
  fcntl(listener.get(), F_SETFL, O_NONBLOCK);
  const int yes = 1;  // a port that a connection of a run before still lingers at
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener.get(), as_address(address), static_cast<socklen_t>(address.size())) != 0 ||
      listen(listener.get(), SOMAXCONN) != 0) {
    const std::string reason = std::generic_category().message(errno);
    if (by == WaitsBy::tcp && port != 0)
      throw std::invalid_argument("waits:tcp cannot listen on port " + std::to_string(port) + " (" + reason +
                                  "); give another to --port, or leave it out for any that is free");
    throw LimitReached("waits over sockets: the system lets nobody listen (" + reason + ")");
  }
  auto size = static_cast<socklen_t>(address.size());
  if (by == WaitsBy::tcp) getsockname(listener.get(), reinterpret_cast<sockaddr*>(address.data()), &size);
  return listener.release();
}

}  // namespace

Service::Service(WaitsBy by, std::uint32_t tasks, std::span<const int> cpus, int port)
    : by_(by),
      address_(by == WaitsBy::tcp ? tcp_address(port) : unix_address()),
      tasks_(std::max<std::size_t>(tasks, 1)) {
  const Held listener(listening(by, address_, port));
  const Held late(memfd_create("bookstore_late", MFD_CLOEXEC));
  const std::size_t bytes = tasks_ * sizeof(std::int64_t);
  if (late.get() < 0 || ftruncate(late.get(), static_cast<off_t>(bytes)) != 0)
    throw_limit("the system gives no memory to share", errno);
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw_limit("the system gives no socket", errno);
  Held own_end(ends[0]);
  const Held its_end(ends[1]);
  start(listener.get(), its_end.get(), late.get(), cpus);
  void* const memory = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, late.get(), 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  late_ = static_cast<std::int64_t*>(memory);
  control_ = own_end.release();
}

Service::~Service() {
  if (late_ != nullptr) munmap(late_, tasks_ * sizeof(std::int64_t));
  if (control_ >= 0) close(control_);
  if (process_ < 0) return;
  // It has nothing to lose.
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

void Service::start(int listener, int control, int late, std::span<const int> cpus) {
  // Of this process's descriptors it gets these three alone: put in its own place, one is no longer closed.
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int each : {listener, control, late}) posix_spawn_file_actions_adddup2(&actions, each, each);
  std::string list;
  for (const int cpu : cpus) list += (list.empty() ? "" : ",") + std::to_string(cpu);
  std::array<std::string, 7> texts{"bookstore-waits",
                                   serve_argument,
                                   std::to_string(listener),
                                   std::to_string(control),
                                   std::to_string(late),
                                   std::to_string(tasks_),
                                   list};
  std::array<char*, 8> arguments{};
  std::ranges::transform(texts, arguments.begin(), [](std::string& text) { return text.data(); });
  const int refused = posix_spawn(&process_, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (refused == 0) return;
  process_ = -1;
  throw LimitReached("waits over sockets: the system starts no process for the service (" +
                     std::generic_category().message(refused) + "); is /proc mounted?");
}

std::vector<backend::Connection> Service::connect(std::size_t count) {
  std::vector<backend::Connection> connections;
  for (std::size_t each = 0; each < count; ++each) {
    try {
      backend::Connection connection(new_socket(by_));
      // It listens no more where it can take no more, which it tells when it is asked.
      if (::connect(connection.descriptor(), as_address(address_), static_cast<socklen_t>(address_.size())) !=
              0 &&
          errno != ECONNREFUSED && errno != ECONNRESET)
        throw_limit("the service was not to be reached", errno);
      const int yes = 1;
      if (by_ == WaitsBy::tcp)
        setsockopt(connection.descriptor(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      connections.push_back(std::move(connection));
    } catch (const LimitReached& limit) {
      connections.clear();
      throw LimitReached(std::string(limit.what()) + "; " + std::to_string(each) + " of " +
                         std::to_string(count) + " connections were made");
    }
  }
  connections_ += static_cast<std::uint32_t>(count);
  const Reply reply = ask({.what = Command::What::accepted, .connections = connections_});
  if (reply.error != 0)
    throw_limit("the service took " + std::to_string(reply.connections) + " of " +
                    std::to_string(connections_) + " connections",
                reply.error);
  return connections;
}

Reply Service::report() { return ask({.what = Command::What::report, .connections = 0}); }

std::int64_t Service::cpu_ns() const {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(process_, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

Reply Service::ask(const Command& command) {
  Reply reply;
  if (send(control_, &command, sizeof command, MSG_NOSIGNAL) != sizeof command ||
      recv(control_, &reply, sizeof reply, 0) != sizeof reply)
    throw backend::ConnectionLost("the control of the service that answers waits is gone");
  return reply;
}

std::string Service::fate() {
  int status = 0;
  // It may still be on its way out.
  for (int tries = 0; tries < 100 && process_ >= 0; ++tries) {
    if (waitpid(process_, &status, WNOHANG) == process_) {
      process_ = -1;
      if (WIFSIGNALED(status)) return "the service was ended by signal " + std::to_string(WTERMSIG(status));
      return "the service ended with exit code " + std::to_string(WEXITSTATUS(status));
    }
    usleep(1000);
  }
  return "the service still runs";
}

}  // namespace bookstore::service
