// The seam between how work is run and all that measures it. Names no runtime and no workload.
//
// A backend is a class that owns its workers, built and warmed outside of what is timed, with
//
// - static constexpr BackendTraits traits
// - explicit Backend(const Team& team, Load load = Load::closed). It throws LimitReached when the machine
//   gives fewer workers, std::invalid_argument for a team that it cannot be.
// - int workers() const
// - template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
//   Elapsed run(J& job, AllAtOnce door, P probe = {}, W waiter = {}), when built for Load::closed
// - the same with const Schedule& door, when built for Load::open
// - template <Tree T> std::uint64_t count(const T& tree, std::uint32_t cutoff = no_cutoff), when built for
//   Load::closed: the sum over the tree's leaves by fork and join, forking no deeper than `cutoff`. It
//   rethrows the first exception that a leaf threw, after the forks that were running.
// - int worker() const, to be called within a step or a leaf: which worker of the team runs it, from 0.
//
// run() returns when every task is finished, and then rethrows the first exception that a step threw. After
// such a failure no further task is started. One run at a time. Probe and waiter are small handles, taken by
// value.
#pragma once

#include <cstdint>

#include "bench/seam/clocks.hpp"
#include "bench/seam/doors.hpp"
#include "bench/seam/failures.hpp"
#include "bench/seam/probes.hpp"
#include "bench/seam/steps.hpp"
#include "bench/seam/team.hpp"
#include "bench/seam/traits.hpp"
#include "bench/seam/waiters.hpp"
#include "workloads/job.hpp"
#include "workloads/tree.hpp"

namespace bookstore::backend {

// When a run began and ended, in nanoseconds of the waiter's clock, as the backend itself saw it: from before
// the first task could start until all were finished. What a backend sets up for a run comes before.
struct Elapsed {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  std::int64_t ns() const { return end - begin; }
};

}  // namespace bookstore::backend
