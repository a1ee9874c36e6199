// Who does the work: how many workers, what each is trained for, and where they stand.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace bookstore::backend {

// The roles that a worker is trained for: bit r for role r, as Job's role(task) numbers them, 0 to 31.
using Roles = std::uint32_t;
inline constexpr Roles all_roles = ~Roles{0};

// What a backend in virtual time plays (backends/simulated/played.hpp).
struct Played;

struct Team {
  // So many workers, each of whom does everything.
  Team(int count) : workers(count) {}  // NOLINT(google-explicit-constructor): a number is a team

  int workers;
  // What worker i does; empty: everybody does everything. Two workers have the same roles or none in common:
  // a task has one line to stand in.
  std::vector<Roles> trained;
  // Whether each worker keeps to a CPU of its own, for which there must be as many; nothing: as the backend
  // usually does.
  std::optional<bool> pinned;
  // Whether an open run has a thread beside the workers that lets the tasks in and hands them over. Only
  // backends whose traits say so can be told; some always have one, for the others the workers are the door.
  bool door = false;
  // Whether the tasks of a closed run are dealt out beforehand, worker i's block being block_of(tasks, i,
  // workers), instead of being taken by whoever is free. Only backends whose traits say so can be told.
  bool static_split = false;
  // Whether each worker has a queue and timers of its own where all usually share one. Only backends whose
  // traits say so can be told.
  bool per_thread = false;
  // Of backends in virtual time, which need it; the others do not look.
  std::shared_ptr<const Played> played;
};

// Tasks begin .. end - 1.
struct Block {
  std::uint32_t begin;
  std::uint32_t end;
};

// The part of so many tasks that worker i of a team has when they are dealt out in one block each: the first
// ones have one more where the number does not divide, as OpenMP's schedule(static) has it.
constexpr Block block_of(std::uint32_t tasks, int worker, int workers) {
  const auto i = static_cast<std::uint32_t>(worker);
  const auto n = static_cast<std::uint32_t>(workers);
  const std::uint32_t begin = tasks / n * i + (i < tasks % n ? i : tasks % n);
  return {begin, begin + tasks / n + (i < tasks % n ? 1 : 0)};
}

}  // namespace bookstore::backend
