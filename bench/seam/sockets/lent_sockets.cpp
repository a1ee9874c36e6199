#include "bench/seam/sockets/lent_sockets.hpp"

#include <fcntl.h>

#include <cstddef>

namespace bookstore::backend {

LentSockets::LentSockets(Sockets* sockets) {
  if (sockets == nullptr) return;
  for (std::size_t each = 0; each < sockets->size(); ++each)
    descriptors_.push_back(sockets->of(static_cast<int>(each)).descriptor());
}

LentSockets::~LentSockets() {
  for (const int descriptor : descriptors_)
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
}

}  // namespace bookstore::backend
