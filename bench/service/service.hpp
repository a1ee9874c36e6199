// The service that makes waits real, as seen by the process whose tasks wait: the card terminal and the
// printer of the shop are a process of their own on this machine, which answers each request after the time
// that it names.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/seam/sockets/connection.hpp"
#include "bench/seam/sockets/protocol.hpp"
#include "bench/service/control.hpp"

namespace bookstore::service {

// Runs from its construction to its destruction, and ends by itself when this process does. It is this same
// program, started anew (serve_if_asked).
class Service {
 public:
  // Its own lateness is kept by task, for `tasks` of them. It runs on those CPUs; none: where this thread
  // may. Of TCP it listens on 127.0.0.1 at that port; 0: any that is free. Throws std::invalid_argument for a
  // port that is in use, LimitReached when the system refuses a process, memory or descriptors.
  Service(backend::WaitsBy by, std::uint32_t tasks, std::span<const int> cpus, int port = 0);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // So many more connections, all accepted when this returns. Throws LimitReached where the system gives no
  // more descriptors, here or to the service.
  std::vector<backend::Connection> connect(std::size_t count);
  // What it has done since the last report, or since it began. Throws backend::ConnectionLost.
  Reply report();
  // By task: how late its answers were in all, in nanoseconds.
  std::span<const std::int64_t> late() const { return {late_, tasks_}; }
  pid_t process() const { return process_; }
  // Its CPU time so far, in nanoseconds; 0 when it is gone.
  std::int64_t cpu_ns() const;
  // What became of it, when a connection is lost.
  std::string fate();

 private:
  Reply ask(const Command& command);
  void start(int listener, int control, int late, std::span<const int> cpus);

  backend::WaitsBy by_;
  std::vector<std::byte> address_;
  std::size_t tasks_;
  std::int64_t* late_ = nullptr;
  std::uint32_t connections_ = 0;
  int control_ = -1;
  pid_t process_ = -1;
};

}  // namespace bookstore::service
