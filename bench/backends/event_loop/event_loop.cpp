#include "bench/backends/event_loop/event_loop.hpp"

#include "bench/seam/limits.hpp"

namespace bookstore::backend {

EventLoop::EventLoop(const Team& team, Load) { require_single_worker(traits, team); }

}  // namespace bookstore::backend
