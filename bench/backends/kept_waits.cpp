#include "bench/backends/kept_waits.hpp"

namespace bookstore::backend {

KeptRequests::KeptRequests(const SocketWaits& waiter, TimerQueue<Resumption>&) : waiter_(waiter) {
  for (std::size_t each = 0; each < waiter.sockets().size(); ++each)
    alarm_.watch(0, waiter.sockets().of(static_cast<int>(each)).descriptor());
}

void KeptRequests::wake() {
  const std::scoped_lock guard(lock_);
  if (called_) return;
  called_ = true;
  alarm_.set(0);
}

void KeptRequests::awake() {
  const std::scoped_lock guard(lock_);
  if (!called_) return;
  called_ = false;
  alarm_.set(never);
}

void KeptRequests::end() {
  ended_.store(true);
  alarm_.end();
}

}  // namespace bookstore::backend
