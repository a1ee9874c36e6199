// How many workers there can be, and what to make of a system that refuses them.
#pragma once

#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include "bench/seam/control_group.hpp"
#include "bench/seam/run.hpp"

namespace bookstore::backend {

// How many more threads this process may start, by RLIMIT_NPROC, the kernel's own bounds, the control
// groups', the number of memory mappings that their stacks need, and memory; at least 1. An estimate from
// above: others may take some.
int thread_limit(const ControlGroups& groups = control_groups());

// The memory that this process can have at most, in bytes: the machine's, or what its control groups allow.
std::int64_t memory_limit(const ControlGroups& groups = control_groups());

// Throws std::bad_alloc when that is less than `bytes`. The system promises more than it has, and ends the
// process that uses it.
void require_memory(double bytes);

// Throws LimitReached, with the bound, when `workers` exceeds thread_limit(); std::invalid_argument below 1.
void require_threads(const BackendTraits& traits, int workers);

// Throws std::invalid_argument for a wish that the backend would pass over: roles, a door, a static split,
// queues of each worker's own.
void require_wishes(const BackendTraits& traits, const Team& team);

// Throws std::invalid_argument for a static split of tasks that come one by one.
void require_closed_split(const Team& team, Load load);

// Starts so many threads beside the caller and ends them. Throws LimitReached, with how many there were, when
// the system gives fewer: by a bound that thread_limit() does not know, or because others have theirs
// already, or for want of memory for their stacks. Others may still take theirs afterwards.
void require_startable(std::string_view name, int threads);

// A backend, once the system has shown that it gives the threads: libgomp ends the process when one is
// refused to it, and TBB goes on with fewer. Costs the start of all threads, which is why a backend's own
// constructor, whose time is measured, does not do it.
template <class Backend>
Backend make_backend(const Team& team, Load load = Load::closed) {
  require_wishes(Backend::traits, team);
  require_closed_split(team, load);
  // Workers in virtual time are no threads.
  if constexpr (Backend::traits.time == Time::virtual_time) return Backend(team, load);
  require_threads(Backend::traits, team.workers);
  // Of a closed run the caller is one of the workers, where it would be the door of an open one, unless it
  // keeps the waits.
  const bool caller_works =
      Backend::traits.single_threaded || (Backend::traits.submitter && !Backend::traits.own_threads &&
                                          load == Load::closed && Backend::traits.waits == Waits::blocking);
  require_startable(Backend::traits.name, team.workers - (caller_works ? 1 : 0));
  return Backend(team, load);
}

// Runs `body` for the row of that name; memory, a thread or a descriptor that the system refuses to it is a
// limit met.
// Throws LimitReached then, with the remedy.
template <class Body>
auto within_limits(const std::string& row, Body&& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    throw LimitReached(row + ": the system gives no more memory; ask for fewer tasks or workers");
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::too_many_files_open ||
        error.code() == std::errc::too_many_files_open_in_system)
      throw LimitReached(row + ": " + error.what() + "; raise ulimit -n, or ask for fewer workers");
    if (error.code() != std::errc::resource_unavailable_try_again) throw;
    throw LimitReached(row + ": the system gives no more threads; ask for fewer workers");
  }
}

// Throws std::invalid_argument unless the team is one worker, without a CPU of its own, and as
// require_wishes does.
void require_single_worker(const BackendTraits& traits, const Team& team);

}  // namespace bookstore::backend
