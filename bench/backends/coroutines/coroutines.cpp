#include "bench/backends/coroutines/coroutines.hpp"

#include "bench/seam/limits.hpp"
#include "bench/seam/placement.hpp"

namespace bookstore::backend {

namespace {

// What the loops would refuse in their own name.
const Team& checked(const Team& team) {
  require_threads(Coroutines::traits, team.workers);
  require_wishes(Coroutines::traits, team);
  wants_pins(Coroutines::traits, team);
  return team;
}

}  // namespace

Coroutines::Coroutines(const Team& team, Load load)
    : loops_(checked(team), load), frames_(static_cast<std::size_t>(team.workers)) {}

}  // namespace bookstore::backend
