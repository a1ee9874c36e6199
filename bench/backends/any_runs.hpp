// Both kinds of run of a backend whose own file plays an AnyRun.
#pragma once

#include <cstdint>

#include "bench/seam/any_run.hpp"
#include "bench/seam/run.hpp"

namespace bookstore::backend {

// The base of Backend, which befriends it and has
// Elapsed run_all(const AnyRun& run, const Schedule* door, std::uint32_t in_flight); without a door it is a
// closed run.
template <class Backend>
class AnyRuns {
 public:
  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, AllAtOnce door, P probe = {}, W waiter = {}) {
    return self().run_all(AnyRun(job, probe, waiter), nullptr, door.in_flight);
  }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, const Schedule& door, P probe = {}, W waiter = {}) {
    return self().run_all(AnyRun(job, probe, waiter), &door, AllAtOnce::unlimited);
  }

 private:
  Backend& self() { return static_cast<Backend&>(*this); }
};

}  // namespace bookstore::backend
