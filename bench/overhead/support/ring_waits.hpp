// Waits that are real, kept by a loop on io_uring instead of epoll: what it sends and what it fetches go
// through two rings that it shares with the kernel, and one call of the system sends, fetches and sleeps.
#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "bench/seam/clocks.hpp"
#include "bench/seam/sockets/answer_buffer.hpp"
#include "bench/seam/sockets/socket_waits.hpp"
#include "bench/seam/timers/timer_queue.hpp"
#include "bench/seam/timers/wait_end.hpp"

namespace bookstore::overhead {

// A ring of the kernel's. Throws LimitReached where that has none, or forbids it.
class Ring {
 public:
  Ring();
  ~Ring() { io_uring_queue_exit(&ring_); }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  io_uring* get() { return &ring_; }

 private:
  io_uring ring_{};
};

class RingRequests;

// The waiter, for a backend with one loop. Both outlive it.
class RingWaits {
 public:
  using Begun = RingRequests;

  RingWaits(const backend::SocketWaits& waits, Ring& ring) : waits_(waits), ring_(&ring) {}
  const backend::SteadyClock& clock() const { return waits_.clock(); }
  void wait(Wait wait, std::uint32_t task) const { waits_.wait(wait, task); }
  backend::WaitEnd end_of(Wait wait) const { return waits_.end_of(wait); }
  backend::Request request(Wait wait, backend::Resumption token) const { return waits_.request(wait, token); }
  int descriptor() const { return waits_.sockets().here().descriptor(); }
  io_uring* ring() const { return ring_->get(); }

 private:
  backend::SocketWaits waits_;
  Ring* ring_;
};

// The waits that the loop has begun (BegunTimers says what such a thing offers). One send and one recv are
// under way at a time. Throws ConnectionLost.
class RingRequests {
 public:
  RingRequests(const RingWaits& waiter, backend::TimerQueue<backend::Resumption>&);
  ~RingRequests();
  RingRequests(const RingRequests&) = delete;
  RingRequests& operator=(const RingRequests&) = delete;

  std::int64_t now() const { return now_; }
  std::size_t size() const { return waiting_; }
  bool slept_through(std::int64_t time) const { return time >= asleep_from_ && time <= woken_at_; }
  std::int64_t woken_at() const { return woken_at_; }

  void begin(Wait wait, backend::Resumption token) {
    requests_.push_back(waiter_.request(wait, token));
    ++waiting_;
  }
  bool step_done() {
    if (waiting_ == 0 || --steps_to_look_ > 0) return false;
    look();
    return true;
  }
  bool any_over() const { return !answers_.empty(); }

  template <class Sink, class Ahead>
  void end_those_over(Sink sink, Ahead /*ahead*/) {
    ending_.clear();
    std::swap(answers_, ending_);
    for (const backend::Answer& each : ending_) {
      --waiting_;
      sink(backend::Resumption{each.task, each.step});
    }
  }

  template <class Sleep>
  void idle(std::int64_t arrival, Sleep sleep) {
    if (any_over() || arrival <= now_) return;
    take_completions();
    now_ = clock().now();
    if (any_over() || arrival <= now_) return;
    asleep_from_ = now_;
    sleep(backend::never);
    now_ = woken_at_ = clock().now();
  }
  // Sends what has been begun, with the same call. Or until an answer can be read.
  void sleep_until(std::int64_t deadline);

 private:
  static constexpr int steps_between_looks = 8;

  const backend::SteadyClock& clock() const { return waiter_.clock(); }
  void look();
  void queue_send();
  void queue_receive();
  void take_completions();
  void note(io_uring_cqe* completed);

  RingWaits waiter_;
  io_uring* ring_;
  int descriptor_;
  std::vector<backend::Request> requests_;
  std::vector<backend::Request> sending_;
  std::size_t sent_bytes_ = 0;  // of those
  bool sends_ = false;          // a send is under way
  bool receives_ = false;       // a recv is
  std::vector<backend::Answer> answers_, ending_;
  backend::AnswerBuffer came_;
  std::size_t waiting_ = 0;
  int steps_to_look_ = steps_between_looks;
  std::int64_t now_;
  std::int64_t asleep_from_ = backend::never;
  std::int64_t woken_at_ = 0;
};

}  // namespace bookstore::overhead
