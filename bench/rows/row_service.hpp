// The service of a row whose waits are real, and the connections of its run.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/rows/row.hpp"
#include "bench/seam/sockets/socket_waits.hpp"
#include "bench/service/service.hpp"

namespace bookstore {

// What the service did for a run; nanoseconds.
struct ServiceFigures {
  service::Reply account;
  std::size_t connections = 0;
  bool outside = false;  // it kept to CPUs that the run had not
};

// By --port: where services listen. 0: at any port that is free.
void listen_at(int port);

// One run of a row. Made before the clock, with its backend.
class RowService {
 public:
  // On CPUs outside the mask where there are any. `worker()` as Sockets has it. Throws as Service does.
  RowService(const Row& row, std::uint32_t tasks, std::function<int()> worker);
  // The same of a row of that name.
  RowService(const std::string& row, backend::WaitsBy by, std::uint32_t tasks, int connections,
             std::function<int()> worker);

  // What it took of the run's own CPUs is none that others took; nor is what it took elsewhere our own.
  ~RowService();
  RowService(const RowService&) = delete;
  RowService& operator=(const RowService&) = delete;

  backend::SocketWaits waiter() { return backend::SocketWaits(sockets_); }
  // Calls run(): a connection that is lost is thrown as what became of the service, with the name of the row.
  template <class Run>
  auto guarded(const Run& run) {
    try {
      return run();
    } catch (const backend::ConnectionLost& lost) {
      throw backend::ConnectionLost(row_ + ": " + lost.what() + "; " + service_.fate());
    }
  }
  // Of the run just ended.
  ServiceFigures figures();
  // By task: how late its answers were in all. Where it shared the run's CPUs, that is also the run's doing.
  std::span<const std::int64_t> late() const { return service_.late(); }
  // Its account begins, right before the clock.
  void begin() { service_.report(); }

 private:
  std::string row_;
  std::vector<int> cpus_;
  service::Service service_;
  std::size_t connections_;
  backend::Sockets sockets_;
};

}  // namespace bookstore
