#include "bench/overhead/support/ring_waits.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <system_error>

#include "bench/seam/failures.hpp"

namespace bookstore::overhead {

namespace {

constexpr unsigned entries = 8;
enum Of : std::uint64_t { of_send = 1, of_receive = 2, of_cancel = 3 };

}  // namespace

Ring::Ring() {
  const int refused = io_uring_queue_init(entries, &ring_, 0);
  if (refused < 0)
    throw backend::LimitReached("the kernel has no io_uring for this process (" +
                                std::generic_category().message(-refused) +
                                "); see /proc/sys/kernel/io_uring_disabled, or measure event_loop");
}

RingRequests::RingRequests(const RingWaits& waiter, backend::TimerQueue<backend::Resumption>&)
    : waiter_(waiter), ring_(waiter.ring()), descriptor_(waiter.descriptor()), now_(waiter.clock().now()) {
  queue_receive();
}

void RingRequests::look() {
  steps_to_look_ = steps_between_looks;
  queue_send();
  io_uring_submit(ring_);
  take_completions();
  now_ = clock().now();
}

void RingRequests::sleep_until(std::int64_t deadline) {
  queue_send();
  io_uring_cqe* completed = nullptr;
  if (deadline == backend::never) {
    io_uring_submit_and_wait(ring_, 1);
  } else {
    const std::int64_t left = std::max<std::int64_t>(deadline - clock().now(), 0);
    __kernel_timespec time{.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
    io_uring_submit_and_wait_timeout(ring_, &completed, 1, &time, nullptr);
  }
  take_completions();
}

void RingRequests::queue_send() {
  if (sends_) return;
  if (sent_bytes_ == std::as_bytes(std::span(sending_)).size()) {
    sending_.clear();
    std::swap(sending_, requests_);
    sent_bytes_ = 0;
    const std::int64_t now = clock().now();
    for (backend::Request& each : sending_) each.sent = now;
  }
  if (sending_.empty()) return;
  io_uring_sqe* const entry = io_uring_get_sqe(ring_);
  const auto bytes = std::as_bytes(std::span(sending_)).subspan(sent_bytes_);
  io_uring_prep_send(entry, descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  io_uring_sqe_set_data64(entry, of_send);
  sends_ = true;
}

void RingRequests::queue_receive() {
  const auto room = came_.room();
  io_uring_sqe* const entry = io_uring_get_sqe(ring_);
  io_uring_prep_recv(entry, descriptor_, room.data(), room.size(), 0);
  io_uring_sqe_set_data64(entry, of_receive);
  receives_ = true;
}

RingRequests::~RingRequests() {
  // The kernel is not to write into what is gone.
  io_uring_sqe* const entry = io_uring_get_sqe(ring_);
  if (entry != nullptr) {
    io_uring_prep_cancel64(entry, of_receive, 0);
    io_uring_sqe_set_data64(entry, of_cancel);
  }
  io_uring_cqe* completed = nullptr;
  while ((receives_ || sends_) && io_uring_submit_and_wait(ring_, 1) >= 0)
    while (io_uring_peek_cqe(ring_, &completed) == 0) note(completed);
}

void RingRequests::note(io_uring_cqe* completed) {
  const std::uint64_t of = io_uring_cqe_get_data64(completed);
  if (of == of_send) sends_ = false;
  if (of == of_receive) receives_ = false;
  io_uring_cqe_seen(ring_, completed);
}

void RingRequests::take_completions() {
  io_uring_cqe* completed = nullptr;
  while (io_uring_peek_cqe(ring_, &completed) == 0) {
    const std::uint64_t of = io_uring_cqe_get_data64(completed);
    const int result = completed->res;
    note(completed);
    // A timeout of the call's own has no data.
    if (of != of_send && of != of_receive) continue;
    if (result <= 0) throw backend::ConnectionLost::by(-result);
    if (of == of_send) {
      sent_bytes_ += static_cast<std::size_t>(result);
      queue_send();
    } else {
      came_.came(static_cast<std::size_t>(result));
      came_.take([this](const backend::Answer& answer) { answers_.push_back(answer); });
      queue_receive();
    }
  }
}

}  // namespace bookstore::overhead
