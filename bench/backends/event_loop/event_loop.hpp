// One thread, the caller, with one loop.
#pragma once

#include <algorithm>
#include <cstdint>

#include "bench/backends/event_loop/loop.hpp"
#include "bench/seam/run.hpp"
#include "bench/seam/timers/timer_queue.hpp"

namespace bookstore::backend {

class EventLoop {
 public:
  static constexpr BackendTraits traits{
      .name = "event_loop", .waits = Waits::overlapped, .single_threaded = true, .submitter = false};

  explicit EventLoop(const Team& team, Load load = Load::closed);
  int workers() const { return 1; }
  int worker() const { return 0; }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, AllAtOnce door, P probe = {}, W waiter = {}) {
    typename W::Begun begun(waiter, timers_);
    Loop<J, P, typename W::Begun> loop(job, probe, begun);
    const std::int64_t begin = begun.now();
    const std::uint32_t tasks = job.size();
    std::uint32_t next = 0;
    for (;;) {
      loop.go_on_with_due();
      if (next < tasks && begun.size() < door.in_flight) {
        while (!loop.advance(next++) && next < tasks) {
        }
      } else if (begun.size() > 0) {
        begun.idle(never, [&](std::int64_t until) { begun.sleep_until(until); });
      } else {
        return {begin, waiter.clock().now()};
      }
    }
  }

  // Arrivals are timers of their own kind: the loop sleeps until whichever comes first.
  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, const Schedule& door, P probe = {}, W waiter = {}) {
    typename W::Begun begun(waiter, timers_);
    Loop<J, P, typename W::Begun> loop(job, probe, begun);
    const std::int64_t begin = begun.now();
    const std::uint32_t tasks = job.size();
    std::uint32_t next = 0;
    while (next < tasks || begun.size() > 0) {
      loop.go_on_with_due();
      const std::int64_t arrival = next < tasks ? door.arrival(next) : never;
      if (arrival <= begun.now()) {
        probe.released(next, begun.slept_through(arrival) ? begun.woken_at() : arrival);
        loop.advance(next++);
      } else if (next < tasks || begun.size() > 0) {
        begun.idle(arrival, [&](std::int64_t until) { begun.sleep_until(std::min(arrival, until)); });
      }
    }
    return {begin, waiter.clock().now()};
  }

  // One worker has nobody to fork for.
  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t = no_cutoff) {
    return count_plainly(tree, tree.root());
  }

 private:
  TimerQueue<Resumption> timers_;
};

}  // namespace bookstore::backend
