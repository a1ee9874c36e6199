// Who does the work: how many workers, what each is trained for, and where they stand.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace bookstore::backend {

// The roles that a worker is trained for: bit r for role r, as Job's role(task) numbers them, 0 to 31.
using Roles = std::uint32_t;
inline constexpr Roles all_roles = ~Roles{0};

struct Team {
  // So many workers, each of whom does everything.
  Team(int count) : workers(count) {}  // NOLINT(google-explicit-constructor): a number is a team

  int workers;
  // What worker i does; empty: everybody does everything. Two workers have the same roles or none in common:
  // a task has one line to stand in. Outlives the backend's construction.
  std::span<const Roles> trained;
  // Whether each worker keeps to a CPU of its own, for which there must be as many; nothing: as the backend
  // usually does.
  std::optional<bool> pinned;
  // Whether an open run has a thread beside the workers that lets the tasks in and hands them over. Only
  // backends whose traits say so can be told; some always have one, for the others the workers are the door.
  bool door = false;
};

}  // namespace bookstore::backend
