#include "bench/measure/probes/watchdog.hpp"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "bench/measure/probes/whereabouts.hpp"

namespace bookstore::measure {

namespace {

constexpr int parts = 4;
constexpr int most_workers_named = 8;
constexpr std::int64_t ns_per_second = 1'000'000'000;

// What the handler needs, made beforehand: a handler may neither allocate nor take a lock.
struct State {
  std::array<char, 1024> begin{};
  std::size_t begin_length = 0;
  int exit_code = 1;
  std::atomic<int> parts_left{0};
  timer_t timer{};
};
State state;

// One line, put together without what a signal handler must not call.
class Line {
 public:
  void add(const char* text) { add(text, std::strlen(text)); }
  void add(const char* text, std::size_t length) {
    const std::size_t fits = std::min(length, text_.size() - 1 - length_);
    std::memcpy(text_.data() + length_, text, fits);
    length_ += fits;
  }
  void add(std::uint32_t number) {
    std::array<char, 10> digits{};
    std::size_t first = digits.size();
    do {
      digits[--first] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    add(digits.data() + first, digits.size() - first);
  }
  void say() {
    text_[length_++] = '\n';
    // The process ends here: nobody is left to be told that it could not be said.
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text_.data(), length_);
  }

 private:
  std::array<char, 4096> text_{};
  std::size_t length_ = 0;
};

void add_worker(Line& line, const Whereabouts::Place& place, const char* verb) {
  line.add("; worker ");
  line.add(static_cast<std::uint32_t>(place.worker.load(std::memory_order_relaxed)));
  line.add(verb);
  line.add(place.step.load(std::memory_order_relaxed));
  line.add(" of task ");
  line.add(place.task.load(std::memory_order_relaxed));
}

// Those that are inside of a step first: one of them is where it hangs, if any is.
void add_workers(Line& line, const Whereabouts& whereabouts) {
  int named = 0;
  std::uint32_t more = 0;
  for (const bool inside : {true, false})
    for (const Whereabouts::Place& place : whereabouts.places()) {
      if (place.worker.load(std::memory_order_relaxed) < 0 ||
          place.inside.load(std::memory_order_relaxed) != inside)
        continue;
      if (named++ < most_workers_named)
        add_worker(line, place, inside ? " is in step " : " was last in step ");
      else
        ++more;
    }
  if (more > 0) {
    line.add("; and ");
    line.add(more);
    line.add(" more");
  }
  if (named == 0) line.add("; no worker has begun a task");
}

void ring(int) {
  if (state.parts_left.fetch_sub(1) > 1) return;
  Line line;
  line.add(state.begin.data(), state.begin_length);
  if (const Whereabouts* const whereabouts = Whereabouts::current())
    add_workers(line, *whereabouts);
  else
    line.add("; it is in no run of its tasks");
  line.say();
  _exit(state.exit_code);
}

timespec to_timespec(std::int64_t ns) { return {ns / ns_per_second, ns % ns_per_second}; }

}  // namespace

Watchdog::Watchdog(const std::string& program, const std::string& row, std::chrono::nanoseconds limit,
                   int exit_code) {
  std::array<char, 32> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "%.4g", static_cast<double>(limit.count()) / ns_per_second);
  const std::string begin = program + ": " + row + " hangs: not ended after " + seconds.data() + " s";
  state.begin_length = std::min(begin.size(), state.begin.size());
  std::copy_n(begin.begin(), state.begin_length, state.begin.begin());
  state.exit_code = exit_code;
  state.parts_left.store(parts);
  struct sigaction action {};
  action.sa_handler = ring;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGALRM;
  if (sigaction(SIGALRM, &action, nullptr) != 0 || timer_create(CLOCK_MONOTONIC, &event, &state.timer) != 0)
    throw std::system_error(errno, std::generic_category(), "timer_create");
  const timespec part = to_timespec(std::max<std::int64_t>(limit.count() / parts, 1));
  const itimerspec times{.it_interval = part, .it_value = part};
  timer_settime(state.timer, 0, &times, nullptr);
}

// The handler stays: a signal that is on its way finds it, and that there are parts left.
Watchdog::~Watchdog() {
  state.parts_left.store(1 << 20);
  timer_delete(state.timer);
}

std::chrono::nanoseconds patience_for(double nominal_seconds) {
  constexpr double set_up_seconds = 60;
  constexpr double slowest = 20;
  constexpr double most_seconds = 1e9;  // what a clock of nanoseconds can count
  const double seconds = std::clamp(set_up_seconds + slowest * nominal_seconds, set_up_seconds, most_seconds);
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * ns_per_second));
}

}  // namespace bookstore::measure
