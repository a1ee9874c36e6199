#include "bench/backends/event_loops/event_loops.hpp"

namespace bookstore::backend {

EventLoops::EventLoops(const Team& team, Load)
    : roster_(team), pool_(traits, team), timers_(static_cast<std::size_t>(team.workers)) {}

}  // namespace bookstore::backend
