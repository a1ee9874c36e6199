#include "bench/backends/event_loops/event_loops.hpp"

namespace bookstore::backend {

EventLoops::EventLoops(const Team& team, Load load)
    : roster_(team), pool_(traits, team), timers_(static_cast<std::size_t>(team.workers)) {
  // Measured now, outside every run's clock.
  if (load == Load::open) SteadyAlarm::grace();
}

}  // namespace bookstore::backend
