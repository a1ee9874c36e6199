// Ways in which a runtime lets a task wait by itself that no backend uses, by hand, without the suite's other
// headers: rows show why.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace bookstore::overhead {

// Tasks that wait once. begin(task) does what comes before, and answers when the wait ends, in nanoseconds of
// the steady clock; go_on(task) does what comes after. Neither throws; any thread.
class WaitingTasks {
 public:
  virtual ~WaitingTasks() = default;
  virtual std::uint32_t size() const = 0;
  virtual std::int64_t begin(std::uint32_t task) = 0;
  virtual void go_on(std::uint32_t task) = 0;
};

// Workers that run such tasks; a thread of its own ends the waits, and the caller's returns when all are
// finished.
class WaitingRunner {
 public:
  WaitingRunner() = default;
  virtual ~WaitingRunner() = default;
  WaitingRunner(const WaitingRunner&) = delete;
  WaitingRunner& operator=(const WaitingRunner&) = delete;

  virtual void run(WaitingTasks& tasks) = 0;
};

// oneTBB's task::suspend: a waiting task keeps its stack, and its worker goes on with another one.
std::unique_ptr<WaitingRunner> make_tbb_suspend(int workers);

// OpenMP's detach: a task that is over when its event is fulfilled, and another that depends on it. Only
// where detach_fails() is empty.
std::unique_ptr<WaitingRunner> make_openmp_detach(int workers);
// Why this build's runtime cannot do it; empty where it can.
std::string detach_fails();

}  // namespace bookstore::overhead
