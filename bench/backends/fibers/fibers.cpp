#include "bench/backends/fibers/fibers.hpp"

#include <atomic>
#include <boost/fiber/condition_variable.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/mutex.hpp>
#include <boost/fiber/operations.hpp>
#include <boost/version.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "bench/backends/fibers/exchange.hpp"
#include "bench/backends/fibers/requests.hpp"
#include "bench/backends/fibers/scheduler.hpp"
#include "bench/backends/fibers/stacks.hpp"
#include "bench/backends/kept_run.hpp"

namespace bookstore::backend {

namespace fibers = boost::fibers;

// What outlives a run.
struct Fibers::Threads {
  explicit Threads(int workers) : exchange(workers) {
    for (int worker = 0; worker < workers; ++worker) stacks.emplace_back(stacks_held);
  }

  std::atomic<std::size_t> stacks_held{0};
  std::deque<FiberStacks> stacks;  // by worker
  FiberExchange exchange;
};

// One run.
class Fibers::Running {
 public:
  Running(KeptRun& kept, FiberExchange& exchange, int workers) : kept_(kept), exchange_(exchange) {
    if (!kept.run().machine_time()) parked_.resize(kept.tasks());
    if (Sockets* const sockets = kept.run().sockets()) {
      awaiting_ = std::vector<AwaitingFiber>(kept.tasks());
      for (int worker = 0; worker < workers; ++worker)
        requests_.emplace_back(SocketWaits(*sockets), worker, kept, awaiting_);
    }
    exchange.open();
  }

  // By each worker, before and after it serves.
  void begin(int worker) {
    if (!requests_.empty()) FiberScheduler::here().keep(&requests_[static_cast<std::size_t>(worker)]);
  }
  void end_here() { FiberScheduler::here().keep(nullptr); }

  // A worker's part of a closed run without a limit: its own fiber makes one for each task that it claims,
  // which runs at once; it goes on when it is its turn again.
  void serve_all(FiberStacks& stacks) {
    Crew crew;
    while (const auto task = claim()) launch(stacks, crew, [this, at = Resumption{*task, 0}] { serve(at); });
    crew.wait();
  }
  // With a limit: so many fibers, which claim one task after the other.
  void serve_some(FiberStacks& stacks, std::uint32_t at_once) {
    Crew crew;
    for (std::uint32_t lane = 0; lane < at_once; ++lane)
      launch(stacks, crew, [this] {
        while (const auto task = claim()) serve({*task, 0});
      });
    crew.wait();
  }
  void serve_arrivals(FiberStacks& stacks) {
    Crew crew;
    while (const auto task = FiberScheduler::here().next_arrival())
      launch(stacks, crew, [this, at = Resumption{*task, 0}] { serve(at); });
    crew.wait();
  }

  // By the caller.
  void let_in(std::uint32_t task) { exchange_.put(task); }
  void go_on(Resumption at) {
    const std::scoped_lock guard(parking_);
    unpark(parked_[at.task]);
  }
  void end() {
    exchange_.close();
    const std::scoped_lock guard(parking_);
    ended_ = true;
    for (Parked& each : parked_) unpark(each);
  }

 private:
  // The fibers of one thread that live.
  class Crew {
   public:
    void begin() { ++alive_; }
    void end() {
      if (--alive_ == 0 && waiting_) ended_.notify_one();
    }
    void wait() {
      std::unique_lock guard(lock_);
      waiting_ = true;
      ended_.wait(guard, [this] { return alive_ == 0; });
    }

   private:
    std::size_t alive_ = 0;
    bool waiting_ = false;
    fibers::mutex lock_;
    fibers::condition_variable ended_;
  };

  // A task that waits on a clock that fibers do not sleep by.
  struct Parked {
    fibers::context* fiber = nullptr;
    int worker = 0;
  };

  std::optional<std::uint32_t> claim() {
    const std::uint32_t task = kept_.claim();
    return task < kept_.tasks() ? std::optional(task) : std::nullopt;
  }

  template <class Body>
  void launch(FiberStacks& stacks, Crew& crew, const Body& body) noexcept {
    try {
      fibers::fiber(fibers::launch::dispatch, std::allocator_arg, FiberStacks::Allocator{&stacks},
                    [&crew, body] {
                      crew.begin();
                      body();
                      crew.end();
                    })
          .detach();
    } catch (...) {
      kept_.fail();
    }
  }

  // All that happens to one task.
  void serve(Resumption at) noexcept {
    for (;;) {
      const Wait wait = kept_.advance(at);
      if (wait <= 0) break;
      pause(wait, at);
    }
    if (FiberRequests* const requests = FiberScheduler::here().requests()) requests->step_done();
  }

  void pause(Wait wait, Resumption at) noexcept {
    if (!kept_.run().machine_time()) {
      park(wait, at);
    } else if (FiberRequests* const requests = FiberScheduler::here().requests()) {
      requests->wait(wait, at);
    } else {
      const std::chrono::nanoseconds end(kept_.run().end_of(wait).at);
      boost::this_fiber::sleep_until(std::chrono::steady_clock::time_point(end));
    }
  }

  void park(Wait wait, Resumption at) {
    fibers::context* const self = fibers::context::active();
    {
      const std::scoped_lock guard(parking_);
      if (ended_) return;
      parked_[at.task] = {self, ThreadPool::worker()};
      kept_.begin_wait(wait, at);
    }
    // Should it have been resumed by now, its thread finds that when it picks the next fiber.
    self->suspend();
  }
  void unpark(Parked& parked) {
    if (parked.fiber != nullptr) exchange_.resume(parked.worker, std::exchange(parked.fiber, nullptr));
  }

  KeptRun& kept_;
  FiberExchange& exchange_;
  std::vector<AwaitingFiber> awaiting_;  // by task
  std::deque<FiberRequests> requests_;   // by worker; where waits are over sockets
  std::mutex parking_;
  std::deque<Parked> parked_;  // by task
  bool ended_ = false;
};

Fibers::Fibers(const Team& team, Load) : pool_(traits, team) {
  threads_ = std::make_unique<Threads>(team.workers);
  auto install = [this](int worker) {
    fibers::use_scheduling_algorithm<FiberScheduler>(threads_->exchange, worker);
  };
  pool_.run_on_all(install);
}
Fibers::~Fibers() = default;

std::string Fibers::runtime() {
  return "Boost.Fiber " + std::to_string(BOOST_VERSION / 100'000) + "." +
         std::to_string(BOOST_VERSION / 100 % 1000);
}

Elapsed Fibers::run_all(const AnyRun& run, const Schedule* door, std::uint32_t in_flight) {
  KeptRun kept(run, timers_, Requests::runtimes_own);
  Running running(kept, threads_->exchange, workers());
  const std::int64_t begin = run.now();
  auto serve = [&](int worker) {
    FiberStacks& own = threads_->stacks[static_cast<std::size_t>(worker)];
    running.begin(worker);
    if (door != nullptr)
      running.serve_arrivals(own);
    else if (in_flight == AllAtOnce::unlimited)
      running.serve_all(own);
    else
      running.serve_some(own, share_of(in_flight, worker, workers()));
    running.end_here();
  };
  pool_.start(serve);
  const auto go_on = [&](Resumption at) { running.go_on(at); };
  const auto let_in = [&](std::uint32_t task) {
    running.let_in(task);
    return false;
  };
  if (door != nullptr)
    kept.keep(*door, let_in, go_on);
  else
    kept.keep(go_on);
  running.end();
  pool_.wait();
  const std::int64_t end = run.now();
  kept.rethrow();
  return {begin, end};
}

}  // namespace bookstore::backend
