// What harnesses ask of a backend before they run anything on it.
#pragma once

#include <string_view>

#include "bench/seam/team.hpp"

namespace bookstore::backend {

// What a backend does with a task's wait: the worker waits with it, or goes on with other tasks.
enum class Waits { blocking, overlapped };

// Whose time a run takes: the machine's, or the backend's own.
enum class Time { real, virtual_time };

struct BackendTraits {
  std::string_view name;
  Waits waits;
  bool single_threaded;      // exactly one worker, and no two steps at the same time
  bool submitter;            // an open run has a thread that is the door and no worker: the caller
  bool own_threads = false;  // the workers are threads of the backend's own; the caller sleeps meanwhile
  bool pins = false;   // a worker stays on a CPU of its own, while there are as many, unless told otherwise
  bool roles = false;  // honours Team::trained
  bool door = false;   // honours Team::door
  bool static_split = false;  // honours Team::static_split
  bool per_thread = false;    // honours Team::per_thread
  // Each task has a new thread; of these as many live at a time as there are workers.
  bool new_threads = false;
  bool floating = false;  // workers are places, which more threads than workers take turns in
  bool parts = false;     // a worker of a closed run claims from its own part of a line before the others'
  Time time = Time::real;
};

// Whether an open run of that team has a thread that is the door and no worker: the caller.
constexpr bool has_door(const BackendTraits& traits, const Team& team) {
  return traits.submitter || (traits.door && team.door);
}

}  // namespace bookstore::backend
