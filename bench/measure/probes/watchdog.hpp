// Ends a process whose row does not end, and says where its workers are.
#pragma once

#include <chrono>
#include <string>

namespace bookstore::measure {

// While it lives, a row that takes longer than `limit` ends the process with this exit code and one line on
// stderr: the row, the workers and the tasks that they are in, by Whereabouts. One at a time in a process.
//
// A timer of the process and a signal (SIGALRM) rather than a thread: a second thread would make locks,
// allocations and reference counts of single-threaded rows dearer. The limit is waited for in four parts, so
// that a process that was stopped for long, and goes on, has most of it again. Throws std::system_error
// when the system gives no timer.
class Watchdog {
 public:
  Watchdog(const std::string& program, const std::string& row, std::chrono::nanoseconds limit, int exit_code);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
};

// How long a row may take that should take so many seconds: on a machine a twentieth as fast it still ends,
// and whatever is set up besides has a minute.
std::chrono::nanoseconds patience_for(double nominal_seconds);

}  // namespace bookstore::measure
