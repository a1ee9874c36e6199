#include "bench/backends/tbb_overlapped.hpp"

#include "bench/seam/limits.hpp"
#include "bench/seam/placement.hpp"

namespace bookstore::backend {

namespace {

// What the pool would refuse in its own name.
const Team& checked(const Team& team) {
  require_threads(TbbOverlapped::traits, team.workers);
  require_wishes(TbbOverlapped::traits, team);
  wants_pins(TbbOverlapped::traits, team);
  return team;
}

}  // namespace

// Of both kinds of run the caller has the place in the arena that a door has.
TbbOverlapped::TbbOverlapped(const Team& team, Load) : pool_(checked(team), Load::open) {}

}  // namespace bookstore::backend
