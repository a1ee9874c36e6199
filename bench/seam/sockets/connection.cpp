#include "bench/seam/sockets/connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "bench/seam/clocks.hpp"

namespace bookstore::backend {

namespace {

ConnectionLost lost(const std::string& how) {
  return ConnectionLost("a connection to the service that answers waits is gone (" + how + ")");
}

}  // namespace

ConnectionLost ConnectionLost::by(int error) {
  return lost(error == 0 ? "closed at the other end" : std::generic_category().message(error));
}

Connection::~Connection() {
  if (descriptor_ >= 0) close(descriptor_);
}

Connection::Connection(Connection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), came_(other.came_) {}

int Connection::release() { return std::exchange(descriptor_, -1); }

void Connection::send(std::span<Request> requests) {
  const std::int64_t now = requests.empty() ? 0 : SteadyClock{}.now();
  for (Request& each : requests) each.sent = now;
  auto bytes = std::as_bytes(requests);
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0)
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    else if (errno != EINTR)
      throw ConnectionLost::by(errno);
  }
}

void Connection::receive(std::vector<Answer>& answers) {
  for (bool more = true; more;) {
    const std::size_t came = read_some(MSG_DONTWAIT);
    if (came == 0) return;
    more = !came_.came(came);
    came_.take([&answers](const Answer& answer) { answers.push_back(answer); });
  }
}

void Connection::ask(Request request) {
  send({&request, 1});
  while (came_.whole() == 0) came_.came(read_some(0));
  bool asked = came_.whole() == 1;
  came_.take([&](const Answer& answer) {
    asked = asked && answer.task == request.task && answer.step == request.step;
  });
  if (!asked || !came_.empty()) throw lost("it answered what nobody had asked");
}

std::size_t Connection::read_some(int flags) {
  for (;;) {
    const auto room = came_.room();
    const ssize_t came = recv(descriptor_, room.data(), room.size(), flags);
    if (came > 0) return static_cast<std::size_t>(came);
    if (came == 0) throw ConnectionLost::by(0);
    if (errno == EAGAIN) return 0;
    if (errno != EINTR) throw ConnectionLost::by(errno);
  }
}

}  // namespace bookstore::backend
