// Several loops, each on a thread and, while there are as many, a CPU of its own, and with its own timers.
// Tasks are claimed one by one: in a closed run from the loop's own part of the line, and when that is empty
// from the others'; in an open run from a line that all share, as they arrive. A task that waits stays with
// the loop that began it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "bench/backends/event_loop/loop.hpp"
#include "bench/backends/event_loops/line_parts.hpp"
#include "bench/backends/event_loops/shared_door.hpp"
#include "bench/backends/shared_claims.hpp"
#include "bench/backends/thread_pool.hpp"
#include "bench/seam/run.hpp"
#include "bench/seam/timers/timer_queue.hpp"

namespace bookstore::backend {

class EventLoops {
 public:
  static constexpr BackendTraits traits{.name = "event_loops",
                                        .waits = Waits::overlapped,
                                        .single_threaded = false,
                                        .submitter = false,
                                        .own_threads = true,
                                        .pins = true,
                                        .roles = true,
                                        .static_split = true,
                                        .parts = true};

  explicit EventLoops(const Team& team, Load load = Load::closed);
  int workers() const { return pool_.size(); }
  int worker() const { return ThreadPool::worker(); }

  // A limit of tasks in flight is shared out among the loops; those that get none do nothing.
  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, AllAtOnce door, P probe = {}, W waiter = {}) {
    Lines lines(job, roster_);
    std::deque<LineParts> parts;
    for (std::size_t line = 0; line < lines.size(); ++line)
      parts.emplace_back(lines[line].size(), roster_.workers_of(line));
    const std::int64_t begin = waiter.clock().now();
    run_on_loops([&, probe, waiter](int worker, const FirstFailure& failure) mutable {
      typename W::Begun begun(waiter, timers_of(worker));
      Loop<J, P, typename W::Begun> loop(job, probe, begun);
      const std::size_t line = roster_.line_of(worker);
      const Line::Order order = lines[line].order();
      LineParts::Claims claims(parts[line], roster_.number_in_line(worker));
      const std::size_t most = share_of(door.in_flight, worker, workers());
      bool more = most > 0;
      for (;;) {
        loop.go_on_with_due();
        if (more && begun.size() < most) {
          do {
            const std::uint32_t place = claims.next();
            more = place != LineParts::none && !failure.failed();
            if (!more || loop.advance(order[place])) break;
          } while (true);
        } else if (begun.size() > 0) {
          begun.idle(never, [&](std::int64_t until) { begun.sleep_until(until); });
        } else {
          return;
        }
      }
    });
    return {begin, waiter.clock().now()};
  }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, const Schedule& door, P probe = {}, W waiter = {}) {
    using Alarm = AlarmOf<W>;
    Lines lines(job, roster_);
    std::deque<Alarm> alarms;
    std::deque<SharedDoor<Alarm>> doors;
    for (std::size_t line = 0; line < lines.size(); ++line)
      doors.emplace_back(door, lines[line],
                         make_alarm(waiter, workers(), [&](const auto&... arguments) -> Alarm& {
                           return alarms.emplace_back(arguments...);
                         }));
    const std::int64_t begin = waiter.clock().now();
    run_on_loops(
        [&, probe, waiter](int worker, const FirstFailure&) mutable {
          typename W::Begun begun(waiter, timers_of(worker));
          Loop<J, P, typename W::Begun> loop(job, probe, begun);
          serve(doors[roster_.line_of(worker)], worker, loop, begun, probe, waiter.clock());
        },
        [&] {
          for (auto& each : doors) each.close();
        });
    return {begin, waiter.clock().now()};
  }

  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t cutoff = no_cutoff) {
    return count_claimed(pool_, tree, cutoff);
  }

 private:
  template <class Door, class TheLoop, class Begun, Probe P, class Clock>
  static void serve(Door& door, int worker, TheLoop& loop, Begun& begun, P& probe, const Clock& clock) {
    for (;;) {
      if (begun.any_over()) {
        door.pass_on(begun.now());
        loop.go_on_with_due();
      }
      if (const auto claim = door.claim(begun.now()); claim.claimed) {
        probe.released(claim.task, begun.slept_through(claim.arrival) ? begun.woken_at()
                                   : claim.others_asleep              ? clock.now()
                                                                      : claim.arrival);
        loop.advance(claim.task);
      } else if (!door.closed()) {
        begun.idle(door.next_arrival(), [&](std::int64_t until) { door.sleep(worker, until); });
      } else if (begun.size() > 0) {
        begun.idle(never, [&](std::int64_t until) { begun.sleep_until(until); });
      } else {
        return;
      }
    }
  }

  // Calls body(worker, failure) on every loop's thread and rethrows the first exception when all have
  // returned. A loop that fails leaves its waiting tasks; the others begin nothing, and end theirs.
  template <class Body, class OnFailure = void (*)()>
  void run_on_loops(
      const Body& body, const OnFailure& on_failure = [] {}) {
    FirstFailure failure;
    auto guarded = [&](int worker) {
      try {
        Body own = body;
        own(worker, failure);
      } catch (...) {
        failure.keep_current();
        on_failure();
      }
    };
    pool_.run_on_all(guarded);
    failure.rethrow();
  }

  TimerQueue<Resumption>& timers_of(int worker) { return timers_[static_cast<std::size_t>(worker)].queue; }

  // Each on lines of its own: its loop writes it all the time.
  struct alignas(apart) OwnTimers {
    TimerQueue<Resumption> queue;
  };

  Roster roster_;
  ThreadPool pool_;
  std::deque<OwnTimers> timers_;
};

}  // namespace bookstore::backend
