// Tokio, Rust's runtime of many threads: a task of its own for each of ours, which sleeps while that waits.
// Its timers have ticks of a millisecond. Where waits are over sockets, requests go to a task for each
// connection, which writes at once all that it finds when its turn has come; another reads the answers and
// notifies those who wait. The archive holds Rust's library, and starts nothing by itself.
#pragma once

#include <string>

#include "bench/backends/foreign.hpp"

namespace bookstore::backend {

class Tokio : public Foreign {
 public:
  static constexpr BackendTraits traits{.name = "tokio",
                                        .waits = Waits::overlapped,
                                        .single_threaded = false,
                                        .submitter = true,
                                        .own_threads = true};

  explicit Tokio(const Team& team, Load load = Load::closed);
  static std::string runtime();
};

}  // namespace bookstore::backend
