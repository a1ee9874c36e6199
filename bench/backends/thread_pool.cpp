#include "bench/backends/thread_pool.hpp"

#include <optional>
#include <string>
#include <system_error>

#include "bench/seam/limits.hpp"
#include "bench/seam/placement.hpp"

namespace bookstore::backend {

ThreadPool::ThreadPool(const BackendTraits& traits, const Team& team) {
  require_threads(traits, team.workers);
  require_wishes(traits, team);
  const auto cpus = wants_pins(traits, team) ? std::optional(cpus_of(0)) : std::nullopt;
  threads_.reserve(static_cast<std::size_t>(team.workers));
  try {
    for (int i = 0; i < team.workers; ++i) threads_.emplace_back([this, i, cpus] { work(i, cpus); });
  } catch (const std::system_error&) {
    const std::size_t started = threads_.size();
    stop();
    throw LimitReached(std::string(traits.name) + ": " + std::to_string(team.workers) +
                       " workers, but the system gave only " + std::to_string(started) + " threads");
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::start(void (*body)(void* context, int worker), void* context) {
  body_ = body;
  context_ = context;
  running_.store(size(), std::memory_order_relaxed);
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
}

void ThreadPool::wait() {
  for (int left = running_.load(std::memory_order_acquire); left != 0;
       left = running_.load(std::memory_order_acquire))
    running_.wait(left, std::memory_order_acquire);
}

void ThreadPool::work(int worker, const std::optional<std::vector<int>>& cpus) {
  worker_ = worker;
  std::optional<PinnedHere> place;
  if (cpus) place.emplace(worker, *cpus);
  for (std::uint32_t seen = 0;; ++seen) {
    generation_.wait(seen, std::memory_order_acquire);
    if (stopping_) return;
    body_(context_, worker);
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

}  // namespace bookstore::backend
