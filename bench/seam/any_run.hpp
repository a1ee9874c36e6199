// A run whose types are forgotten. A backend on a runtime whose own dispatch costs some fifty times as much
// as a call through a pointer (1.5 to 2 ns) loses nothing by it, and is compiled once: the runtime's headers
// are read by its own file alone.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "bench/seam/run.hpp"
#include "bench/seam/sockets/socket_waits.hpp"

namespace bookstore::backend {

// Stands for a job, its probe and its waiter, which outlive it.
class AnyRun {
 public:
  template <Job J, Probe P, Waiter W>
  AnyRun(J& job, const P& probe, const W& waiter)
      : job_(&job), probe_(&probe), waiter_(&waiter), calls_(&calls_of<J, P, W>), tasks_(job.size()) {}

  std::uint32_t size() const { return tasks_; }
  // As steps.hpp has them. One call through a pointer, however many steps there are.
  Wait advance(Resumption& at) const { return calls_->advance(*this, at); }
  void run_blocking(std::uint32_t task) const { calls_->run_blocking(*this, task); }
  void released(std::uint32_t task, std::int64_t time) const { calls_->released(*this, task, time); }

  std::int64_t now() const { return calls_->now(waiter_); }
  void sleep_until(std::int64_t deadline) const { calls_->sleep_until(waiter_, deadline); }
  WaitEnd end_of(Wait wait) const { return calls_->end_of(waiter_, wait); }
  // Whether its clock is the machine's, which a runtime's own timers go by.
  bool machine_time() const { return calls_->machine_time; }
  // What its waits are over, where they are real; null: timers. Never where its clock is not the machine's.
  Sockets* sockets() const { return calls_->sockets(waiter_); }

 private:
  struct Calls {
    Wait (*advance)(const AnyRun& run, Resumption& at);
    void (*run_blocking)(const AnyRun& run, std::uint32_t task);
    void (*released)(const AnyRun& run, std::uint32_t task, std::int64_t time);
    std::int64_t (*now)(const void* waiter);
    void (*sleep_until)(const void* waiter, std::int64_t deadline);
    WaitEnd (*end_of)(const void* waiter, Wait wait);
    Sockets* (*sockets)(const void* waiter);
    bool machine_time;
  };

  // Each call has a copy of the probe, as each thread has elsewhere.
  template <class J, class P>
  static Wait advance_as(const AnyRun& run, Resumption& at) {
    P probe = *static_cast<const P*>(run.probe_);
    return bookstore::backend::advance(*static_cast<J*>(run.job_), probe, at);
  }
  template <class J, class P, class W>
  static void run_blocking_as(const AnyRun& run, std::uint32_t task) {
    P probe = *static_cast<const P*>(run.probe_);
    run_task_blocking(*static_cast<J*>(run.job_), probe, *static_cast<const W*>(run.waiter_), task);
  }
  template <class W>
  static Sockets* sockets_as([[maybe_unused]] const void* waiter) {
    if constexpr (std::same_as<W, SocketWaits>) return &static_cast<const W*>(waiter)->sockets();
    return nullptr;
  }
  template <class P>
  static void released_as(const AnyRun& run, std::uint32_t task, std::int64_t time) {
    P probe = *static_cast<const P*>(run.probe_);
    probe.released(task, time);
  }
  template <class J, class P, class W>
  static constexpr Calls calls_of{
      advance_as<J, P>,
      run_blocking_as<J, P, W>,
      released_as<P>,
      [](const void* waiter) { return static_cast<const W*>(waiter)->clock().now(); },
      [](const void* waiter, std::int64_t deadline) {
        static_cast<const W*>(waiter)->clock().sleep_until(deadline);
      },
      [](const void* waiter, Wait wait) { return static_cast<const W*>(waiter)->end_of(wait); },
      sockets_as<W>,
      std::is_same_v<ClockOf<W>, SteadyClock>};

  void* job_;
  const void* probe_;
  const void* waiter_;
  const Calls* calls_;
  std::uint32_t tasks_;
};

class AnyAlarm;

// The clock of such a run.
class AnyClock {
 public:
  using Alarm = AnyAlarm;

  explicit AnyClock(const AnyRun& run) : run_(&run) {}
  std::int64_t now() const { return run_->now(); }
  void sleep_until(std::int64_t deadline) const { run_->sleep_until(deadline); }
  bool machine_time() const { return run_->machine_time(); }

 private:
  const AnyRun* run_;
};

// Its alarm: the machine's, or one for time that passes by sleeping.
class AnyAlarm {
 public:
  AnyAlarm(int sleepers, const AnyClock& clock) {
    if (clock.machine_time())
      steady_.emplace(sleepers);
    else
      everybodys_.emplace(sleepers, clock);
  }
  void set(std::int64_t at) { steady_ ? steady_->set(at) : everybodys_->set(at); }
  void end() { steady_ ? steady_->end() : everybodys_->end(); }
  void sleep_until(int sleeper, std::int64_t deadline) {
    steady_ ? steady_->sleep_until(sleeper, deadline) : everybodys_->sleep_until(sleeper, deadline);
  }

 private:
  std::optional<SteadyAlarm> steady_;
  std::optional<EverybodysAlarm<AnyClock>> everybodys_;
};

// Its probe, as far as the door is concerned.
struct AnyReleases {
  explicit AnyReleases(const AnyRun& of) : run(&of) {}
  void before(std::uint32_t, std::uint32_t) const {}
  void after(std::uint32_t, std::uint32_t, Wait) const {}
  void released(std::uint32_t task, std::int64_t time) const { run->released(task, time); }

  const AnyRun* run;
};

// And its waiter.
class AnyWaiter {
 public:
  using Begun = BegunTimers<Resumption, AnyClock, RoundedWaits>;

  explicit AnyWaiter(const AnyRun& run) : run_(&run), clock_(run) {}
  const AnyClock& clock() const { return clock_; }
  void wait(Wait wait, std::uint32_t) const { clock_.sleep_until(clock_.now() + wait); }
  WaitEnd end_of(Wait wait) const { return run_->end_of(wait); }

 private:
  const AnyRun* run_;
  AnyClock clock_;
};

}  // namespace bookstore::backend
