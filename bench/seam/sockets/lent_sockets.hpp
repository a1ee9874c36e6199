// The connections of a run while a runtime reads and writes them by itself.
#pragma once

#include <span>
#include <vector>

#include "bench/seam/sockets/socket_waits.hpp"

namespace bookstore::backend {

// Every runtime sets them not to block, which holds for all that have the same stream: when this ends they
// block again.
class LentSockets {
 public:
  // Null: there are none. `sockets` outlives it.
  explicit LentSockets(Sockets* sockets);
  ~LentSockets();
  LentSockets(const LentSockets&) = delete;
  LentSockets& operator=(const LentSockets&) = delete;

  // By worker.
  std::span<const int> descriptors() const { return descriptors_; }

 private:
  std::vector<int> descriptors_;
};

}  // namespace bookstore::backend
