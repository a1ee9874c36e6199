// Go: a goroutine for each task, which sleeps while the task waits. Its runtime is a shared library that the
// first such backend of a process loads: linked in, it would start with the process, whatever that measures,
// with five threads, a gigabyte of addresses and signal handlers of its own. It stays until the process ends.
//
// A call from Go to C that takes longer than 20 us gives its processor, in Go's sense, to another thread, so
// that more threads than GOMAXPROCS would run steps at a time: they take turns by a channel of as many places
// as there are workers.
//
// Where waits are over sockets, each connection has a goroutine that writes at once all requests that it
// finds when its turn has come, and one that reads the answers and sends each to the channel that its task
// waits at.
#pragma once

#include <string>

#include "bench/backends/foreign.hpp"

namespace bookstore::backend {

class Go : public Foreign {
 public:
  static constexpr BackendTraits traits{.name = "go",
                                        .waits = Waits::overlapped,
                                        .single_threaded = false,
                                        .submitter = true,
                                        .own_threads = true,
                                        .floating = true};

  // Throws LimitReached where there are fewer addresses or threads than its runtime takes for granted:
  // without them it ends the process.
  explicit Go(const Team& team, Load load = Load::closed);
  static std::string runtime();
};

}  // namespace bookstore::backend
