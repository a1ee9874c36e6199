// One run on a runtime's threads whose waits overlap: which tasks are left, when all are finished, what
// failed first. The caller keeps the door of an open run, and what waits nobody else keeps; it runs no task.
#pragma once

#include <atomic>
#include <cstdint>
#include <variant>

#include "bench/backends/kept_waits.hpp"
#include "bench/seam/any_run.hpp"
#include "bench/seam/lines.hpp"

namespace bookstore::backend {

// Who keeps the waits of a run that are over sockets.
enum class Requests { kept_by_caller, runtimes_own };

class KeptRun {
 public:
  // Both outlive it. `timers` keeps its memory for the next run.
  KeptRun(const AnyRun& run, TimerQueue<Resumption>& timers, Requests requests)
      : run_(run), unfinished_(run.size()) {
    if (Sockets* const sockets = run.sockets(); sockets != nullptr && requests == Requests::kept_by_caller)
      waits_.emplace<KeptRequests>(SocketWaits(*sockets), timers);
    else
      waits_.emplace<KeptWaits<AnyWaiter>>(AnyWaiter(run), timers);
    if (run.size() == 0) end();
  }

  const AnyRun& run() const { return run_; }
  std::uint32_t tasks() const { return run_.size(); }
  bool failed() const noexcept { return failure_.failed(); }

  // The first of so many tasks that nobody has begun, or beyond the end. For closed runs. Any worker.
  std::uint32_t claim() noexcept {
    return failed() ? tasks() : next_.fetch_add(1, std::memory_order_relaxed);
  }

  // Runs a task until it waits, and answers for how long; `done` when it is finished or something has failed.
  // Any worker.
  Wait advance(Resumption& at) noexcept {
    if (failed()) return done;
    try {
      if (const Wait wait = run_.advance(at); wait > 0) return wait;
      if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) end();
    } catch (...) {
      fail();
    }
    return done;
  }

  // In a catch block: keeps the failure, and ends keep(). Any thread.
  void fail() noexcept {
    failure_.keep_current();
    end();
  }
  // The same where a runtime has lost a connection (ConnectionLost::by). Any thread.
  void fail_lost(int error) noexcept {
    try {
      throw ConnectionLost::by(error);
    } catch (...) {
      fail();
    }
  }
  // A wait that keep() is to end, unless that is refused, which fails the run. Any worker; somebody may go on
  // with the task at once.
  void begin_wait(Wait wait, Resumption at) noexcept {
    try {
      with_waits([&](auto& waits) { waits.begin(wait, at); });
    } catch (...) {
      fail();
    }
  }
  // keep() asks has_room() again. Any thread.
  void wake() {
    with_waits([](auto& waits) { waits.wake(); });
  }
  // When all workers have drained.
  void rethrow() const { failure_.rethrow(); }

  // All three by the caller, until all tasks are finished or one has failed. go_on(resumption) is called when
  // a wait is over that was begun by begin_wait().
  template <class GoOn>
  void keep(const GoOn& go_on) noexcept {
    keep_until_end([] { return never; }, [](std::int64_t) {}, go_on);
  }
  // Calls let_in() while there is has_room(), of which wake() may tell.
  template <class HasRoom, class LetIn, class GoOn>
  void keep(const HasRoom& has_room, const LetIn& let_in, const GoOn& go_on) noexcept {
    constexpr std::int64_t at_once = 0;
    keep_until_end([&] { return has_room() ? at_once : never; }, [&](std::int64_t) { let_in(); }, go_on);
  }
  // The door: let_in(task) says whether it was held until there was room.
  template <class LetIn, class GoOn>
  void keep(const Schedule& door, const LetIn& let_in, const GoOn& go_on) noexcept {
    std::uint32_t next = 0;
    std::int64_t held_until = 0;
    keep_until_end([&] { return next < tasks() ? door.arrival(next) : never; },
                   [&](std::int64_t now) {
                     const std::int64_t arrival = door.arrival(next);
                     run_.released(next, arrival <= held_until ? arrival : now);
                     if (let_in(next++)) held_until = run_.now();
                   },
                   go_on);
  }

 private:
  template <class Body>
  void with_waits(const Body& body) {
    if (auto* const timers = std::get_if<KeptWaits<AnyWaiter>>(&waits_)) return body(*timers);
    body(std::get<KeptRequests>(waits_));
  }
  void end() {
    with_waits([](auto& waits) { waits.end(); });
  }
  template <class NextArrival, class LetIn, class GoOn>
  void keep_until_end(const NextArrival& next_arrival, const LetIn& let_in, const GoOn& go_on) noexcept {
    try {
      with_waits([&](auto& waits) { waits.keep(next_arrival, let_in, go_on); });
    } catch (...) {
      fail();
    }
  }

  const AnyRun& run_;
  std::variant<std::monostate, KeptWaits<AnyWaiter>, KeptRequests> waits_;
  FirstFailure failure_;
  alignas(apart) std::atomic<std::uint32_t> unfinished_;
  alignas(apart) std::atomic<std::uint32_t> next_{0};
};

}  // namespace bookstore::backend
