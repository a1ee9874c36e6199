// Whole answers out of the bytes of a stream, which come in pieces of any length.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include "bench/seam/sockets/protocol.hpp"

namespace bookstore::backend {

// Between two calls of take() bytes come once or often; after one, less than an answer is held.
class AnswerBuffer {
 public:
  // Where to read the next bytes to.
  std::span<std::byte> room() { return std::span(bytes_).subspan(held_); }
  // So many were read there. Whether there was room for more: then they were all that there were.
  bool came(std::size_t bytes) {
    held_ += bytes;
    return held_ < bytes_.size();
  }

  std::size_t whole() const { return held_ / sizeof(Answer); }
  // Calls sink(Answer) for each that is whole, in the order in which they came.
  template <class Sink>
  void take(Sink sink) {
    std::size_t taken = 0;
    for (; held_ - taken >= sizeof(Answer); taken += sizeof(Answer)) {
      Answer answer{};
      std::memcpy(&answer, bytes_.data() + taken, sizeof answer);
      sink(answer);
    }
    held_ -= taken;
    std::memmove(bytes_.data(), bytes_.data() + taken, held_);
  }
  // Whether no part of an answer is left.
  bool empty() const { return held_ == 0; }

 private:
  std::size_t held_ = 0;
  std::array<std::byte, std::size_t{8} << 10> bytes_;
};

}  // namespace bookstore::backend
