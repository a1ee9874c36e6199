#include "bench/backends/event_loop.hpp"

#include "bench/backends/limits.hpp"

namespace bookstore::backend {

EventLoop::EventLoop(int workers, Load) { require_single_worker(traits, workers); }

}  // namespace bookstore::backend
