// A thread that only sleeps, for as long as this lives. While a process has one thread, glibc's locks do
// without atomic operations: a lock that a pool takes costs more than twice that.
#pragma once

#include <latch>
#include <thread>

namespace bookstore {

class SecondThread {
 public:
  // Throws std::system_error when the system gives none.
  SecondThread() : thread_([this] { end_.wait(); }) {}
  ~SecondThread() {
    end_.count_down();
    thread_.join();
  }
  SecondThread(const SecondThread&) = delete;
  SecondThread& operator=(const SecondThread&) = delete;

 private:
  std::latch end_{1};
  std::thread thread_;
};

}  // namespace bookstore
