// The waits over sockets of one thread's fibers, during one run.
#pragma once

#include <atomic>
#include <boost/fiber/context.hpp>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "bench/backends/kept_run.hpp"
#include "bench/seam/sockets/socket_waits.hpp"

namespace bookstore::backend {

// By task: the fiber that waits for its answer. Its own thread alone writes it and looks at the fiber; when a
// run has failed every thread looks for those that are its own.
struct AwaitingFiber {
  boost::fibers::context* fiber = nullptr;
  std::atomic<int> worker{-1};
};

// For that thread. A connection that is lost fails the run, and of a failed run nobody waits.
class FiberRequests {
 public:
  // What it is given outlives it; no fiber of another thread's writes to the connection.
  FiberRequests(const SocketWaits& waiter, int worker, KeptRun& kept, std::vector<AwaitingFiber>& awaiting)
      : kept_(kept), worker_(worker), requests_(waiter, waiter.sockets().of(worker)), awaiting_(awaiting) {}

  // Both by a fiber, one of them after each step, every few of which it sends and fetches. wait() returns
  // when the wait is over.
  void step_done() noexcept {
    guarded([&] { requests_.step_done(); });
  }
  void wait(Wait wait, Resumption at) noexcept {
    guarded([&] {
      requests_.begin(wait, at);
      requests_.step_done();
    });
    if (kept_.failed()) return;
    boost::fibers::context* const self = boost::fibers::context::active();
    awaiting_[at.task].fiber = self;
    awaiting_[at.task].worker.store(worker_, std::memory_order_relaxed);
    // Should it be released at once, its thread finds that when it picks the next fiber.
    self->suspend();
  }

  // Both by the scheduler. Before it picks a fiber: calls resume(fiber) for all whose waits are over.
  template <class Resume>
  void end_those_over(const Resume& resume) noexcept {
    if (kept_.failed()) return release_all(resume);
    if (!requests_.any_over()) return;
    requests_.end_those_over([&](Resumption at) { resume(std::exchange(awaiting_[at.task].fiber, nullptr)); },
                             [](Resumption) {});
  }
  // When no fiber is ready: sends, and calls sleep(alarm), whose alarm wakes when an answer can be read,
  // unless there are answers already.
  template <class Sleep>
  void idle(const Sleep& sleep) noexcept {
    guarded([&] { requests_.idle(never, [&](std::int64_t) { sleep(requests_.alarm()); }); });
  }

 private:
  template <class Body>
  void guarded(const Body& body) noexcept {
    if (broken_) return;
    try {
      body();
    } catch (...) {
      broken_ = true;
      kept_.fail();
    }
  }
  template <class Resume>
  void release_all(const Resume& resume) {
    if (std::exchange(released_, true)) return;
    for (AwaitingFiber& each : awaiting_)
      if (each.worker.load(std::memory_order_relaxed) == worker_ && each.fiber != nullptr)
        resume(std::exchange(each.fiber, nullptr));
  }

  KeptRun& kept_;
  const int worker_;
  BegunRequests requests_;
  std::vector<AwaitingFiber>& awaiting_;
  bool broken_ = false;
  bool released_ = false;  // upon a failure, which nobody begins to wait after
};

}  // namespace bookstore::backend
