#include "bench/backends/simulated/simulated.hpp"

#include <stdexcept>

#include "bench/seam/limits.hpp"

namespace bookstore::backend {

Simulated::Simulated(const Team& team, Load load)
    : roster_(team), workers_(team.workers), played_(team.played) {
  if (!played_) throw std::invalid_argument("simulated plays another backend; say which, and at what costs");
  require_closed_split(team, load);
  door_ = load == Load::open && has_door(played_->traits, team);
}

model::ShopTeam Simulated::team_for(bool open, std::uint32_t in_flight) const {
  model::ShopTeam team;
  team.cores = static_cast<std::uint32_t>(played_->cores);
  team.workers = static_cast<std::uint32_t>(workers_);
  team.overlapped = played_->traits.waits == Waits::overlapped;
  team.open = open;
  team.door = door_;
  team.parts = played_->traits.parts;
  team.slow = static_cast<std::uint32_t>(played_->slow);
  if (in_flight != AllAtOnce::unlimited) team.in_flight = in_flight;
  if (roster_.lines() > 1)
    for (int worker = 0; worker < workers_; ++worker)
      team.line_of.push_back(static_cast<std::uint32_t>(roster_.line_of(worker)));
  return team;
}

}  // namespace bookstore::backend
