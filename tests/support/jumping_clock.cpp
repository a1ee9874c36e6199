// Preloaded into a process, this sets its CLOCK_REALTIME back and forth: each reading is a day ahead of the
// last one, or a day behind. All other clocks, and the kernel's sleeps, are as they were.
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

namespace {

std::atomic<unsigned> readings{0};

time_t jump() { return readings.fetch_add(1) % 2 == 0 ? 12 * 3600 : -12 * 3600; }

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto answer = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  if (answer == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += jump();
  return answer;
}

int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  const int answer = clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, static_cast<suseconds_t>(now.tv_nsec / 1000)};
  return answer;
}

time_t time(time_t* to) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (to != nullptr) *to = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
