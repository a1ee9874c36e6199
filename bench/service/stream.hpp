// The service's end of a connection.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "bench/seam/sockets/protocol.hpp"

namespace bookstore::service {

using backend::Answer;
using backend::Request;

// One stream of requests. Its peer's end is the stream's end: what is under way is then forgotten.
class Stream {
 public:
  explicit Stream(int descriptor) : descriptor_(descriptor) {}

  int descriptor() const { return descriptor_; }
  bool open() const { return descriptor_ >= 0; }
  // The peer has not taken all that was sent.
  bool blocked() const { return !unsent_.empty(); }

  // Calls take(request) for all that is there. False at the end of the stream.
  template <class Take>
  bool read(std::span<std::byte> buffer, const Take& take) {
    for (;;) {
      std::memcpy(buffer.data(), part_.data(), part_size_);
      const ssize_t came =
          recv(descriptor_, buffer.data() + part_size_, buffer.size() - part_size_, MSG_DONTWAIT);
      if (came == 0) return false;
      if (came < 0) return errno == EAGAIN || errno == EINTR;
      const std::size_t size = part_size_ + static_cast<std::size_t>(came);
      std::size_t read = 0;
      for (; size - read >= sizeof(Request); read += sizeof(Request)) {
        Request request{};
        std::memcpy(&request, buffer.data() + read, sizeof request);
        take(request);
      }
      part_size_ = size - read;
      std::memcpy(part_.data(), buffer.data() + read, part_size_);
      if (size < buffer.size()) return true;
    }
  }

  struct Due {
    Answer answer;
    std::int64_t due;
  };
  // Whether it is the first since the last send().
  bool add(const Due& due) {
    due_.push_back(due);
    return due_.size() == 1;
  }
  // Sends what was added; calls sent(answer, due) for each just before. False at the end of the stream.
  // Answers that the peer does not take yet are kept.
  template <class Sent>
  bool send(const Sent& sent) {
    for (const Due& each : due_) {
      sent(each.answer, each.due);
      const auto bytes = std::as_bytes(std::span(&each.answer, 1));
      unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
    }
    due_.clear();
    if (unsent_.empty()) return true;
    const ssize_t taken =
        ::send(descriptor_, unsent_.data() + taken_, unsent_.size() - taken_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (taken > 0) taken_ += static_cast<std::size_t>(taken);
    // Rarely, and at the end: what is kept moves up.
    if (2 * taken_ < unsent_.size()) return true;
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
    return true;
  }

  void close() {
    ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  int descriptor_;
  std::array<std::byte, sizeof(Request)> part_{};  // of a request whose rest is still to come
  std::size_t part_size_ = 0;
  std::vector<Due> due_;
  std::vector<std::byte> unsent_;
  std::size_t taken_ = 0;  // of them
};

}  // namespace bookstore::service
