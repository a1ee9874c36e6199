// Waits that are real: each is a request to the service, and over when its answer can be read.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "bench/seam/clocks.hpp"
#include "bench/seam/lines.hpp"
#include "bench/seam/sockets/connection.hpp"
#include "bench/seam/timers/timer_queue.hpp"
#include "bench/seam/timers/wait_end.hpp"
#include "bench/seam/waiters.hpp"

namespace bookstore::backend {

// The connections of one run. A worker that blocks has one of its own; so has a loop, which has many requests
// under way on it at a time. Where somebody else keeps the waits, workers send by turns on as many as there
// are.
class Sockets {
 public:
  // `worker()` says which worker of the team the calling thread is, within a step or a loop of it.
  Sockets(std::vector<Connection> connections, std::function<int()> worker);

  std::size_t size() const { return places_.size(); }
  Connection& of(int worker) { return place_of(worker).connection; }
  // The calling worker's.
  Connection& here() { return of(worker_()); }
  // For waits that somebody else keeps: sends on the calling worker's connection, which others may send on
  // too; fetches the answers that are there, on whichever connections await some. By one thread.
  void send_in_turn(Request request);
  void fetch(std::vector<Answer>& answers);

 private:
  struct alignas(apart) Place {
    Connection connection;
    std::mutex sending;
    std::atomic<std::size_t> awaited{0};

    explicit Place(Connection&& own) : connection(std::move(own)) {}
  };
  Place& place_of(int worker) { return places_[static_cast<std::size_t>(worker) % places_.size()]; }

  std::deque<Place> places_;
  std::function<int()> worker_;
};

class BegunRequests;
class AnswerAlarm;

// The waiter.
class SocketWaits {
 public:
  using Begun = BegunRequests;
  using Alarm = AnswerAlarm;

  // `sockets` outlives it.
  explicit SocketWaits(Sockets& sockets) : sockets_(&sockets) {}

  const SteadyClock& clock() const { return clock_; }
  // Blocks in recv.
  void wait(Wait wait, std::uint32_t task) const {
    sockets_->here().ask({.begun = clock_.now(), .wait = wait, .task = task, .step = 0});
  }
  // When the answer is due.
  WaitEnd end_of(Wait wait) const { return ExactWaits::end_of(clock_.now(), wait); }
  Sockets& sockets() const { return *sockets_; }
  Request request(Wait wait, Resumption token) const {
    return {.begun = clock_.now(), .wait = wait, .task = token.task, .step = token.step};
  }

 private:
  Sockets* sockets_;
  [[no_unique_address]] SteadyClock clock_;
};

// An alarm for workers that also wake when an answer can be read on a connection of theirs.
class AnswerAlarm : public SteadyAlarm {
 public:
  AnswerAlarm(int sleepers, const SocketWaits& waiter);
};

// The waits that one loop has begun (BegunTimers says what such a thing offers), on its worker's connection.
// Requests are sent and answers fetched a few steps at a time, so that several share a call of the system,
// unless a step takes a fair part of the waits: each is sent long before it is due.
class BegunRequests {
 public:
  BegunRequests(const SocketWaits& waiter, TimerQueue<Resumption>& timers);
  // On that connection.
  BegunRequests(const SocketWaits& waiter, Connection& connection);

  std::int64_t now() const { return now_; }
  std::size_t size() const { return waiting_; }
  bool slept_through(std::int64_t time) const { return time >= asleep_from_ && time <= woken_at_; }
  std::int64_t woken_at() const { return woken_at_; }

  void begin(Wait wait, Resumption token) {
    const Request request = waiter_.request(wait, token);
    // As long as the last step, or as those since the first that is not sent.
    const std::int64_t held = request.begun - (requests_.empty() ? last_begun_ : requests_.front().begun);
    if (held > wait / 4) steps_to_look_ = 1;
    last_begun_ = request.begun;
    requests_.push_back(request);
    ++waiting_;
  }

  bool step_done() {
    if (waiting_ == 0 || --steps_to_look_ > 0) return false;
    look();
    return true;
  }

  bool any_over() const { return !answers_.empty(); }

  template <class Sink, class Ahead>
  void end_those_over(Sink sink, Ahead ahead) {
    // What is fetched meanwhile comes after these.
    ending_.clear();
    std::swap(answers_, ending_);
    for (std::size_t i = 0; i < ending_.size(); ++i) {
      if (i + ahead_by < ending_.size()) ahead(token_of(ending_[i + ahead_by]));
      --waiting_;
      sink(token_of(ending_[i]));
    }
  }

  template <class Sleep>
  void idle(std::int64_t arrival, Sleep sleep) {
    if (any_over() || arrival <= now_) return;
    // What is there to be read by now ends the sleep at once.
    send_begun();
    now_ = waiter_.clock().now();
    if (arrival <= now_) return;
    asleep_from_ = now_;
    sleep(never);
    now_ = woken_at_ = waiter_.clock().now();
    connection_.receive(answers_);
  }
  // Or until an answer can be read.
  void sleep_until(std::int64_t deadline) { alarm_.sleep_until(0, deadline); }
  // At which it sleeps.
  SteadyAlarm& alarm() { return alarm_; }

 private:
  static constexpr int steps_between_looks = 8;
  static constexpr std::size_t ahead_by = 4;  // far enough for memory to answer meanwhile

  static Resumption token_of(const Answer& answer) { return {answer.task, answer.step}; }
  void send_begun();
  // Sends what has been begun, fetches what is there, reads the clock.
  void look();

  SocketWaits waiter_;
  Connection& connection_;
  SteadyAlarm alarm_{1};
  std::vector<Request> requests_;
  std::vector<Answer> answers_, ending_;
  std::size_t waiting_ = 0;
  int steps_to_look_ = steps_between_looks;
  std::int64_t last_begun_ = 0;
  std::int64_t now_;
  std::int64_t asleep_from_ = never;
  std::int64_t woken_at_ = 0;
};

}  // namespace bookstore::backend
