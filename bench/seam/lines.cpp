#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/seam/lines.hpp"
#include "bench/seam/team.hpp"

namespace bookstore::backend {

Roster::Roster(const Team& team) : workers_(team.workers), static_split_(team.static_split) {
  if (team.trained.empty()) {
    roles_ = {all_roles};
    if (static_split_) {
      line_of_.resize(static_cast<std::size_t>(std::max(workers_, 0)));
      std::iota(line_of_.begin(), line_of_.end(), std::size_t{0});
    }
    return;
  }
  if (team.trained.size() != static_cast<std::size_t>(std::max(team.workers, 0)))
    throw std::invalid_argument(std::to_string(team.workers) + " workers, but the training of " +
                                std::to_string(team.trained.size()));
  for (const Roles roles : team.trained) {
    std::size_t line = 0;
    while (line < roles_.size() && roles_[line] != roles) ++line;
    if (line == roles_.size()) {
      for (const Roles other : roles_)
        if ((other & roles) != 0)
          throw std::invalid_argument(
              "two workers share some roles but not all; give them the same roles or none in common");
      roles_.push_back(roles);
    }
    line_of_.push_back(line);
  }
}

int Roster::workers_of(std::size_t line) const {
  return line_of_.empty() ? workers_ : static_cast<int>(std::ranges::count(line_of_, line));
}

int Roster::number_in_line(int worker) const {
  if (line_of_.empty()) return worker;
  const auto own = line_of_.begin() + worker;
  return static_cast<int>(std::count(line_of_.begin(), own, *own));
}

// The tasks of a line are written down: a line that began elsewhere than at 0 would make every claim of every
// line dearer.
void Lines::add_block(Block block) {
  std::vector<std::uint32_t> tasks(block.end - block.begin);
  std::iota(tasks.begin(), tasks.end(), block.begin);
  lines_.emplace_back(std::move(tasks));
}

std::size_t Roster::line_for(std::uint32_t role) const {
  for (std::size_t line = 0; line < roles_.size(); ++line)
    if (role < 32 && ((roles_[line] >> role) & 1) != 0) return line;
  throw std::invalid_argument("nobody is trained for role " + std::to_string(role));
}

}  // namespace bookstore::backend
