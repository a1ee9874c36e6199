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
  // When it was sent. What was due by then is late by its sender; all that comes later is the service's.
  std::int64_t sent = 0;
};
static_assert(sizeof(Request) == 32, "no byte of it is undefined");

struct Answer {
  std::uint32_t task;
  std::uint32_t step;
};

}  // namespace bookstore::backend
