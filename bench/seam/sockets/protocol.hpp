// What is said over the sockets by which waits are real: a task that waits is a request to a service, a
// process of its own on this machine, which answers it when the wait is over. Numbers are this machine's.
#pragma once

#include <cstdint>

#include "workloads/job.hpp"

namespace bookstore::backend {

// What a wait is made of: a timer of this process, or an answer of the service over one of two kinds of
// stream.
enum class WaitsBy { timer, unix_socket, tcp };

struct Request {
  std::int64_t begun;  // on CLOCK_MONOTONIC, which all processes share; the answer is due `wait` later
  Wait wait;
  std::uint32_t task;
  std::uint32_t step;  // with which the task goes on: handed back in the answer
};
static_assert(sizeof(Request) == 24, "no byte of it is undefined");

struct Answer {
  std::uint32_t task;
  std::uint32_t step;
};

}  // namespace bookstore::backend
