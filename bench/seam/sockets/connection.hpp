// One connection to the service that answers waits.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>

#include "bench/seam/sockets/answer_buffer.hpp"
#include "bench/seam/sockets/protocol.hpp"

namespace bookstore::backend {

// The connection broke: the service has ended, or was cut off.
class ConnectionLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  // By which error of the system's; 0: closed at the other end.
  static ConnectionLost by(int error);
};

// A connected stream. One thread at a time sends, one receives; they may be two. The members that say so
// throw ConnectionLost.
class Connection {
 public:
  // Takes the descriptor, which blocks, and closes it.
  explicit Connection(int descriptor) : descriptor_(descriptor) {}
  ~Connection();
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&&) = delete;

  int descriptor() const { return descriptor_; }
  // For a runtime that closes it itself.
  int release();

  // All of them, dated now. Waits while the service does not take them, which always reads on. Throws.
  void send(std::span<Request> requests);
  // Appends the answers that are there, and does not wait for any. Throws.
  void receive(std::vector<Answer>& answers);
  // Sends one request and blocks until its answer can be read. Nothing else may be under way. Throws.
  void ask(Request request);

 private:
  // How many bytes came; 0: none are there.
  std::size_t read_some(int flags);

  int descriptor_;
  AnswerBuffer came_;
};

}  // namespace bookstore::backend
