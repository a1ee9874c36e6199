// C++20 coroutines on the loops of event_loops: each task is a coroutine, written straight down, that
// co_awaits its waits. What it costs beside event_loops, which call each step by its number, is the price of
// that: a frame made when the task begins, resumed when a wait is over, destroyed at the end.
//
// A coroutine always returns to its loop, which resumes the next one from its queue. Symmetric transfer from
// one to the other would be no tail call where g++ does not optimise, and a chain exhaust the stack.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "bench/backends/coroutines/frame_pool.hpp"
#include "bench/backends/event_loops/event_loops.hpp"
#include "bench/seam/run.hpp"

namespace bookstore::backend {

namespace detail {

struct Serving;
using ServingHandle = std::coroutine_handle<Serving>;

// The promise of a task's coroutine. It begins suspended and ends suspended: its loop resumes and destroys
// it.
struct Serving {
  Wait wait = 0;  // what the task waits for; `done` at its end

  // Where the calling thread takes frames from and gives them back to.
  inline static thread_local FramePool* pool = nullptr;
  static void* operator new(std::size_t bytes) { return pool->take(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { pool->give_back(frame, bytes); }

  ServingHandle get_return_object() { return ServingHandle::from_promise(*this); }
  std::suspend_always initial_suspend() const noexcept { return {}; }
  std::suspend_always final_suspend() const noexcept { return {}; }
  void return_void() noexcept { wait = done; }
  void unhandled_exception() { throw; }  // to the loop that resumed it
};

// What a function returns that is such a coroutine.
struct ServedTask {
  using promise_type = Serving;
  ServedTask(ServingHandle made) : handle(made) {}  // NOLINT(google-explicit-constructor): as it is returned
  ServingHandle handle;
};

// co_await Pause{wait}: goes on when the loop says that the wait is over.
struct Pause {
  Wait wait;
  bool await_ready() const noexcept { return false; }
  void await_suspend(ServingHandle task) const noexcept { task.promise().wait = wait; }
  void await_resume() const noexcept {}
};

// All that happens to one task.
template <Job J, Probe P>
ServedTask serve(J& job, P& probe, std::uint32_t task) {
  for (std::uint32_t step = 0;; ++step) {
    const Wait wait = run_step(job, probe, task, step);
    if (wait < 0) co_return;
    if (wait > 0) co_await Pause{wait};
  }
}

// What a worker has for itself, on cache lines of its own.
template <Probe P>
struct alignas(apart) CoroutineWorker {
  FramePool& frames;
  P probe;
};

// For the loops a job like any other: its first step makes the task's coroutine, each resumes it, the last
// destroys it.
template <Job J, Probe P>
class Coroutined {
 public:
  Coroutined(J& job, const P& probe, std::deque<FramePool>& frames)
      : job_(job), all_frames_(frames), tasks_(job.size()) {
    for (FramePool& each : frames) workers_.push_back({each, probe});
  }

  std::uint32_t size() const { return job_.size(); }
  std::uint32_t role(std::uint32_t task) const requires RoledJob<J> { return job_.role(task); }
  [[gnu::always_inline]] void foresee(std::uint32_t task) const {
    __builtin_prefetch(tasks_[task].address(), 1);
    if constexpr (ForeseeingJob<J>) job_.foresee(task);
  }

  Wait step(std::uint32_t task, std::uint32_t step) {
    CoroutineWorker<P>& own = workers_[static_cast<std::size_t>(ThreadPool::worker())];
    Serving::pool = &own.frames;
    ServingHandle& handle = tasks_[task];
    if (step == 0) handle = serve(job_, own.probe, task).handle;
    handle.resume();
    const Wait wait = handle.promise().wait;
    if (wait < 0) {
      handle.destroy();
      handle = nullptr;
    }
    return wait;
  }

  // After a failed run: destroys the coroutines that nobody will resume, by a thread that is no worker.
  void abandon() noexcept {
    FramePool grave;
    Serving::pool = &grave;
    for (const ServingHandle handle : tasks_)
      if (handle) handle.destroy();
    for (FramePool& each : all_frames_) each.forget_all();
  }

 private:
  J& job_;
  std::deque<FramePool>& all_frames_;
  std::deque<CoroutineWorker<P>> workers_;
  std::vector<ServingHandle> tasks_;  // each written by its task's worker
};

// Shows the releases alone: the coroutines show their steps.
template <Probe P>
struct Releases {
  P probe;
  void before(std::uint32_t, std::uint32_t) const {}
  void after(std::uint32_t, std::uint32_t, Wait) const {}
  void released(std::uint32_t task, std::int64_t time) { probe.released(task, time); }
};

}  // namespace detail

class Coroutines {
 public:
  // Those of the loops that they run on.
  static constexpr BackendTraits traits = [] {
    BackendTraits own = EventLoops::traits;
    own.name = "coroutines";
    return own;
  }();

  explicit Coroutines(const Team& team, Load load = Load::closed);
  int workers() const { return loops_.workers(); }
  int worker() const { return loops_.worker(); }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, AllAtOnce door, P probe = {}, W waiter = {}) {
    return run_on_loops(job, door, probe, waiter);
  }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, const Schedule& door, P probe = {}, W waiter = {}) {
    return run_on_loops(job, door, probe, waiter);
  }

  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t cutoff = no_cutoff) {
    return loops_.count(tree, cutoff);
  }

 private:
  template <class J, class Door, class P, class W>
  Elapsed run_on_loops(J& job, const Door& door, const P& probe, const W& waiter) {
    detail::Coroutined<J, P> coroutined(job, probe, frames_);
    try {
      return loops_.run(coroutined, door, detail::Releases<P>{probe}, waiter);
    } catch (...) {
      coroutined.abandon();
      throw;
    }
  }

  EventLoops loops_;
  std::deque<FramePool> frames_;  // by worker
};

}  // namespace bookstore::backend
