#include "bench/backends/threads.hpp"

#include <string>
#include <system_error>

#include "bench/seam/limits.hpp"

namespace bookstore::backend {

ThreadPool::ThreadPool(int workers) {
  threads_.reserve(static_cast<std::size_t>(workers));
  try {
    for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    const std::size_t started = threads_.size();
    stop();
    throw LimitReached("threads: " + std::to_string(workers) + " workers, but the system gave only " +
                       std::to_string(started) + " threads");
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::run_on_all(void (*body)(void* context), void* context) {
  body_ = body;
  context_ = context;
  running_.store(size(), std::memory_order_relaxed);
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  for (int left = running_.load(std::memory_order_acquire); left != 0;
       left = running_.load(std::memory_order_acquire))
    running_.wait(left, std::memory_order_acquire);
}

void ThreadPool::work() {
  for (std::uint32_t seen = 0;; ++seen) {
    generation_.wait(seen, std::memory_order_acquire);
    if (stopping_) return;
    body_(context_);
    // Release: the owner sees all that this worker did. A read-modify-write chain keeps the release sequence.
    if (running_.fetch_sub(1, std::memory_order_release) == 1) running_.notify_one();
  }
}

void ThreadPool::stop() {
  stopping_ = true;
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

namespace {

int checked(int workers) {
  require_threads(Threads::traits, workers);
  return workers;
}

}  // namespace

Threads::Threads(int workers, Load) : pool_(checked(workers)) {}

}  // namespace bookstore::backend
