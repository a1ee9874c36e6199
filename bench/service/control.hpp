// What the process that runs tasks and the service that answers their waits say to each other beside the
// requests, in whole messages; and what both keep to.
#pragma once

#include <cstdint>

namespace bookstore::service {

// How a binary that is started with this as its first argument is the service.
inline constexpr const char* serve_argument = "--serve-waits";

struct Command {
  // accepted: answered once so many connections are accepted, or with an error. report: ends the account that
  // began with the last report, or with the service.
  enum class What : std::uint32_t { accepted, report };
  What what;
  std::uint32_t connections;
};

struct Reply {
  std::int32_t error = 0;  // of the system: it does not take so many connections
  std::uint32_t connections = 0;
  bool outside = false;  // it keeps to the CPUs that it was told to
  std::uint64_t answers = 0;
  // Of the answers: from when one was due, and its request sent, until it was sent. Nanoseconds.
  std::int64_t late_p50 = 0;
  std::int64_t late_p99 = 0;
  std::int64_t late_max = 0;
  std::int64_t cpu_ns = 0;
};

}  // namespace bookstore::service
