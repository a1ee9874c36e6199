// Proof, outside of what is timed, that a backend has the workers that its row claims; it also wakes them all
// once.
#pragma once

#include <bit>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/measure/probes/thread_index.hpp"
#include "bench/seam/run.hpp"
#include "workloads/job.hpp"

namespace bookstore::measure {

// As many tasks as workers; each stays until all are there, so that each needs a worker of its own. The only
// job whose steps block: it asks for threads, not for work.
class RollCall {
 public:
  // `trained` as Team's: each is asked for something that he is trained for.
  RollCall(int workers, std::chrono::milliseconds patience, std::vector<backend::Roles> trained = {})
      : workers_(static_cast<std::uint32_t>(workers)),
        trained_(std::move(trained)),
        threads_(static_cast<std::size_t>(workers)),
        deadline_(std::chrono::steady_clock::now() + patience) {}

  std::uint32_t size() const { return workers_; }
  std::uint32_t role(std::uint32_t task) const {
    return trained_.empty() ? 0 : static_cast<std::uint32_t>(std::countr_zero(trained_[task]));
  }

  Wait step(std::uint32_t task, std::uint32_t) {
    std::unique_lock guard(lock_);
    threads_[task] = std::this_thread::get_id();
    if (++present_ == workers_) all_present_.notify_all();
    late_ = !all_present_.wait_until(guard, deadline_, [this] { return present_ == workers_; }) || late_;
    return done;
  }

  // Distinct threads that answered while all were there, or -1 when some never came; to be asked after the
  // run.
  int workers_present() const {
    if (late_ || present_ < workers_) return -1;
    return static_cast<int>(std::set(threads_.begin(), threads_.end()).size());
  }

 private:
  std::uint32_t workers_;
  std::vector<backend::Roles> trained_;
  std::vector<std::thread::id> threads_;
  std::chrono::steady_clock::time_point deadline_;
  std::mutex lock_;
  std::condition_variable all_present_;
  std::uint32_t present_ = 0;
  bool late_ = false;  // somebody gave up waiting
};

// Throws std::runtime_error unless the backend runs tasks on exactly workers() threads at once. `trained` is
// what its team was told.
template <class Backend>
void call_roll(Backend& backend, backend::Load load = backend::Load::closed,
               std::chrono::milliseconds patience = std::chrono::seconds(60),
               const std::vector<backend::Roles>& trained = {}) {
  RollCall roll(backend.workers(), patience, trained);
  const std::vector<std::int64_t> at_once(roll.size(), 0);
  if (load == backend::Load::open)
    backend.run(roll, backend::Schedule{.at = at_once});
  else
    backend.run(roll, backend::AllAtOnce{});
  if (const int present = roll.workers_present(); present != backend.workers())
    throw std::runtime_error(std::string(backend.traits.name) + " has not the " +
                             std::to_string(backend.workers()) + " workers that it was asked for");
}

// The same for a backend that was made for that team.
template <class Backend>
void call_roll(Backend& backend, const backend::Team& team, backend::Load load = backend::Load::closed) {
  call_roll(backend, load, std::chrono::seconds(60), team.trained);
}

// A probe that counts the threads that ran steps.
class Headcount {
 public:
  explicit Headcount(ThreadIndex& threads) : threads_(&threads) {}

  void before(std::uint32_t, std::uint32_t) const { threads_->here(); }
  void after(std::uint32_t, std::uint32_t, Wait) const {}
  void released(std::uint32_t, std::int64_t) const {}

 private:
  ThreadIndex* threads_;
};

}  // namespace bookstore::measure
