// One connection to the service that answers waits, as a context of Asio's keeps it.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asio/basic_stream_socket.hpp>
#include <asio/bind_executor.hpp>
#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <asio/write.hpp>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "bench/seam/run.hpp"
#include "bench/seam/sockets/answer_buffer.hpp"
#include "bench/seam/sockets/protocol.hpp"

namespace bookstore::backend {

// One reading and at most one writing are under way; what is asked for meanwhile goes with the next writing.
// A strand has both, since several threads may run the context; none of them waits for another longer than it
// takes to put a request into a line. Owner has, all noexcept and called within the strand:
// answered(io_context&, Resumption); lost(int error), 0 for the end of the stream, upon which the wire does
// nothing more; guarded(body), which calls body() and keeps what it throws. It lives until the context has
// nothing more to run, or runs no more.
template <class Owner>
class AsioWire {
 public:
  // Reads and writes a copy of the descriptor. Throws std::system_error.
  AsioWire(asio::io_context& context, int descriptor, Owner& owner)
      : context_(context), owner_(owner), strand_(context.get_executor()), socket_(context) {
    const int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (own < 0) throw std::system_error(errno, std::generic_category(), "no descriptor for a connection");
    try {
      socket_.assign(asio::generic::stream_protocol(domain_of(own), 0), own);
    } catch (...) {
      ::close(own);
      throw;
    }
    read();
  }
  AsioWire(const AsioWire&) = delete;
  AsioWire& operator=(const AsioWire&) = delete;

  // Any thread.
  void send(const Request& request) {
    {
      const std::scoped_lock guard(lock_);
      queued_.push_back(request);
      if (std::exchange(writing_, true)) return;
    }
    asio::post(strand_, [this] { write_queued(); });
  }

  // When no answer is awaited any more. Any thread.
  void close() {
    asio::post(strand_, [this] {
      std::error_code ignored;
      socket_.close(ignored);
    });
  }

 private:
  using Executor = asio::io_context::executor_type;

  static int domain_of(int descriptor) {
    int domain = AF_UNSPEC;
    socklen_t size = sizeof domain;
    if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0)
      throw std::system_error(errno, std::generic_category(), "getsockopt");
    return domain;
  }

  void read() {
    const auto room = came_.room();
    socket_.async_read_some(
        asio::buffer(room.data(), room.size()),
        asio::bind_executor(strand_, [this](const std::error_code& error, std::size_t came) {
          if (error)
            end(error);
          else
            received(came);
        }));
  }
  void received(std::size_t came) noexcept {
    came_.came(came);
    came_.take([this](const Answer& answer) {
      owner_.answered(context_, Resumption{answer.task, answer.step});
    });
    if (socket_.is_open()) owner_.guarded([this] { read(); });
  }

  void write_queued() noexcept {
    sending_.clear();
    {
      const std::scoped_lock guard(lock_);
      std::swap(queued_, sending_);
      writing_ = !sending_.empty();
    }
    if (sending_.empty()) return;
    const std::int64_t now = SteadyClock{}.now();
    for (Request& each : sending_) each.sent = now;
    owner_.guarded([this] {
      asio::async_write(socket_, asio::buffer(sending_),
                        asio::bind_executor(strand_, [this](const std::error_code& error, std::size_t) {
                          if (error)
                            end(error);
                          else
                            write_queued();
                        }));
    });
  }

  void end(const std::error_code& error) noexcept {
    if (error == asio::error::operation_aborted) return;  // by close()
    owner_.lost(error == asio::error::eof ? 0 : error.value());
  }

  asio::io_context& context_;
  Owner& owner_;
  asio::strand<Executor> strand_;
  asio::basic_stream_socket<asio::generic::stream_protocol, Executor> socket_;
  std::mutex lock_;
  std::vector<Request> queued_;
  bool writing_ = false;
  std::vector<Request> sending_;
  AnswerBuffer came_;
};

}  // namespace bookstore::backend
