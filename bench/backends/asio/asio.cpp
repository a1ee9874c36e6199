#include "bench/backends/asio/asio.hpp"

#include <algorithm>
#include <asio/basic_waitable_timer.hpp>
#include <asio/defer.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/version.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "bench/backends/asio/wire.hpp"
#include "bench/backends/kept_run.hpp"
#include "bench/seam/limits.hpp"
#include "bench/seam/sockets/lent_sockets.hpp"

namespace bookstore::backend {

namespace {

// For one kind of executor: one for any kind would cost an allocation and indirect calls.
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                               asio::io_context::executor_type>;

}  // namespace

// What the workers run: one context for all, or one each.
class Asio::Contexts {
 public:
  Contexts(int workers, bool per_thread) : workers_(workers), per_thread_(per_thread) { renew(); }

  // Without what a failed run has left in them.
  void renew() {
    contexts_.clear();
    try {
      // A hint of 1 lets a context take its only thread's handlers without waking anybody.
      if (per_thread_)
        for (int worker = 0; worker < workers_; ++worker) contexts_.emplace_back(1);
      else
        contexts_.emplace_back(workers_);
    } catch (const std::system_error& error) {
      throw LimitReached(std::string(traits.name) + ": " + std::to_string(contexts_.size()) +
                         " contexts were made, then the system refused (" + error.code().message() +
                         "); ask for fewer workers, or raise ulimit -n");
    }
  }

  std::size_t size() const { return contexts_.size(); }
  asio::io_context& of_worker(int worker) {
    return per_thread_ ? at(static_cast<std::uint32_t>(worker)) : contexts_[0];
  }
  // That of some task, in turn.
  asio::io_context& at(std::uint32_t task) { return contexts_[task % contexts_.size()]; }

 private:
  int workers_;
  bool per_thread_;
  std::deque<asio::io_context> contexts_;
};

// One run. A handler that throws would end the thread that runs it: none does.
class Asio::Running {
 public:
  Running(KeptRun& kept, Contexts& contexts) : kept_(kept), contexts_(contexts), lent_(kept.run().sockets()) {
    for (std::uint32_t each = 0; each < contexts.size(); ++each) {
      contexts.at(each).restart();
      guards_.push_back(asio::make_work_guard(contexts.at(each)));
    }
    int worker = 0;
    for (const int descriptor : lent_.descriptors())
      wires_.emplace_back(contexts.of_worker(worker++), descriptor, *this);
  }

  // Of a closed run without a limit each worker makes one task after the other: behind what is due by then,
  // since what a handler defers is queued when it returns. A context asks the system what is due once in each
  // pass through its queue, which costs as much as a task: with one such chain a worker after every handler
  // (16 us of CPU a task of day on one core, with 4 of them 12, with 16 8.6, with 64 7.7). What is due stands
  // behind as many tasks as there are chains.
  void begin_chains(int workers) {
    constexpr int chains = 16;
    for (int worker = 0; worker < workers; ++worker) {
      asio::io_context& context = contexts_.of_worker(worker);
      for (int chain = 0; chain < chains; ++chain)
        asio::post(context, [this, &context] { next_in_chain(context); });
    }
  }
  // With one, whoever has finished a task makes the next.
  void begin_lanes(std::uint32_t lanes) {
    limited_ = true;
    for (std::uint32_t lane = 0; lane < std::min(lanes, kept_.tasks()); ++lane) {
      asio::io_context& context = contexts_.at(lane);
      asio::post(context, [this, &context] { next_in_lane(context); });
    }
  }
  void post(Resumption at) { post(contexts_.at(at.task), at); }

  // Lets the workers return: when all is done, or at once.
  void end() {
    for (std::uint32_t each = 0; kept_.failed() && each < contexts_.size(); ++each) contexts_.at(each).stop();
    for (Wire& wire : wires_) wire.close();
    guards_.clear();
  }

 private:
  using Wire = AsioWire<Running>;
  friend Wire;

  // Of a wire. Others may take the tasks while it reads on.
  void answered(asio::io_context& context, Resumption at) noexcept {
    guarded([&] { post(context, at); });
  }
  void lost(int error) noexcept { kept_.fail_lost(error); }

  void post(asio::io_context& context, Resumption at) {
    asio::post(context, [this, &context, at] { go_on(context, at, nullptr); });
  }

  void next_in_chain(asio::io_context& context) noexcept {
    const std::uint32_t task = kept_.claim();
    if (task >= kept_.tasks()) return;
    guarded([&] { asio::defer(context, [this, &context] { next_in_chain(context); }); });
    go_on(context, {task, 0}, nullptr);
  }
  void next_in_lane(asio::io_context& context) noexcept {
    if (const std::uint32_t task = kept_.claim(); task < kept_.tasks()) go_on(context, {task, 0}, nullptr);
  }

  // A task that has waited keeps its timer.
  void go_on(asio::io_context& context, Resumption at, std::unique_ptr<Timer> timer) noexcept {
    const Wait wait = kept_.advance(at);
    guarded([&] {
      if (wait > 0)
        begin_wait(context, wait, at, std::move(timer));
      else if (limited_)
        asio::defer(context, [this, &context] { next_in_lane(context); });
    });
  }

  void begin_wait(asio::io_context& context, Wait wait, Resumption at, std::unique_ptr<Timer> timer) {
    if (!kept_.run().machine_time()) return kept_.begin_wait(wait, at);
    if (Sockets* const sockets = kept_.run().sockets())
      return wire_here().send(SocketWaits(*sockets).request(wait, at));
    if (!timer) timer = std::make_unique<Timer>(context);
    Timer& own = *timer;
    own.expires_at(Timer::time_point(std::chrono::nanoseconds(kept_.run().end_of(wait).at)));
    own.async_wait([this, &context, at, timer = std::move(timer)](const std::error_code& error) mutable {
      if (!error) go_on(context, at, std::move(timer));
    });
  }

  // The calling worker's: with a context each it is in the worker's own.
  Wire& wire_here() { return wires_[static_cast<std::size_t>(ThreadPool::worker()) % wires_.size()]; }

  template <class Body>
  void guarded(const Body& body) noexcept {
    try {
      body();
    } catch (...) {
      kept_.fail();
    }
  }

  KeptRun& kept_;
  Contexts& contexts_;
  LentSockets lent_;
  std::deque<Wire> wires_;  // by worker; where waits are over sockets
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  bool limited_ = false;
};

Asio::Asio(const Team& team, Load) : pool_(traits, team) {
  contexts_ = std::make_unique<Contexts>(team.workers, team.per_thread);
}
Asio::~Asio() = default;

std::string Asio::runtime() {
  return "Asio " + std::to_string(ASIO_VERSION / 100000) + "." + std::to_string(ASIO_VERSION / 100 % 1000) +
         "." + std::to_string(ASIO_VERSION % 100);
}

Elapsed Asio::run_all(const AnyRun& run, const Schedule* door, std::uint32_t in_flight) {
  KeptRun kept(run, timers_, Requests::runtimes_own);
  std::optional<Running> kept_running;
  Running& running = kept_running.emplace(kept, *contexts_);
  const std::int64_t begin = run.now();
  if (door == nullptr && in_flight == AllAtOnce::unlimited)
    running.begin_chains(workers());
  else if (door == nullptr)
    running.begin_lanes(in_flight);
  auto serve = [&](int worker) { contexts_->of_worker(worker).run(); };
  pool_.start(serve);
  const auto go_on = [&](Resumption at) { running.post(at); };
  const auto let_in = [&](std::uint32_t task) {
    running.post({task, 0});
    return false;
  };
  if (door != nullptr)
    kept.keep(*door, let_in, go_on);
  else
    kept.keep(go_on);
  running.end();
  pool_.wait();
  const std::int64_t end = run.now();
  kept_running.reset();  // what it has in the contexts goes before they do
  if (kept.failed()) contexts_->renew();
  kept.rethrow();
  return {begin, end};
}

}  // namespace bookstore::backend
