#include "bench/seam/clocks.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace bookstore::backend {

namespace {

timespec to_timespec(std::int64_t ns) {
  return {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
}

int opened(int descriptor) {
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "no descriptor for an alarm");
  return descriptor;
}

// A time of 0 would disarm the timer: what has passed is set to the first nanosecond instead.
void set_timer(int timer, std::int64_t at) {
  itimerspec when{};
  if (at != never) when.it_value = to_timespec(std::max<std::int64_t>(at, 1));
  if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, nullptr) != 0)
    throw std::system_error(errno, std::generic_category(), "timerfd_settime");
}

void add_to(int poll, int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  if (epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

// By how much a thread wakes late from a short sleep: the median of a few.
std::int64_t measured_wake_up() {
  const SteadyClock clock;
  std::array<std::int64_t, 15> late{};
  for (std::int64_t& each : late) {
    const std::int64_t deadline = clock.now() + 100'000;
    clock.sleep_until(deadline);
    each = clock.now() - deadline;
  }
  std::ranges::sort(late);
  return late[late.size() / 2];
}

}  // namespace

void SteadyClock::sleep_until(std::int64_t deadline) const {
  if (deadline <= 0) return;
  const timespec time = to_timespec(deadline);
  int refused = 0;
  do {
    refused = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
  } while (refused == EINTR);
  if (refused != 0) throw std::system_error(refused, std::generic_category(), "clock_nanosleep");
}

SteadyAlarm::SteadyAlarm(int sleepers) : places_(static_cast<std::size_t>(sleepers)) {
  try {
    alarm_ = opened(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    ended_ = opened(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    for (Place& place : places_) {
      place.poll = opened(epoll_create1(EPOLL_CLOEXEC));
      place.timer = opened(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
      add_to(place.poll, alarm_, EPOLLIN | EPOLLEXCLUSIVE);
      add_to(place.poll, ended_, EPOLLIN);
      add_to(place.poll, place.timer, EPOLLIN);
    }
  } catch (...) {
    close_all();
    throw;
  }
}

SteadyAlarm::~SteadyAlarm() { close_all(); }

void SteadyAlarm::close_all() noexcept {
  for (const Place& place : places_)
    for (const int descriptor : {place.poll, place.timer})
      if (descriptor >= 0) close(descriptor);
  for (const int descriptor : {alarm_, ended_})
    if (descriptor >= 0) close(descriptor);
}

std::int64_t SteadyAlarm::grace() {
  static const std::int64_t measured = wake_ups_of_grace * measured_wake_up();
  return measured;
}

void SteadyAlarm::set(std::int64_t at) { set_timer(alarm_, at); }

void SteadyAlarm::end() {
  const std::uint64_t one = 1;
  if (write(ended_, &one, sizeof one) != sizeof one)
    throw std::system_error(errno, std::generic_category(), "eventfd");
}

void SteadyAlarm::watch(int sleeper, int descriptor) {
  add_to(places_[static_cast<std::size_t>(sleeper)].poll, descriptor, EPOLLIN);
}

void SteadyAlarm::sleep_until(int sleeper, std::int64_t deadline) {
  Place& place = places_[static_cast<std::size_t>(sleeper)];
  if (place.armed != deadline) {
    set_timer(place.timer, deadline);
    place.armed = deadline;
  }
  epoll_event event{};
  if (epoll_wait(place.poll, &event, 1, -1) < 0 && errno != EINTR)
    throw std::system_error(errno, std::generic_category(), "epoll_wait");
}

}  // namespace bookstore::backend
