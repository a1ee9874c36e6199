// A tree of one fork, which tells how long the forked leaf waits for somebody to take it.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>

#include "bench/measure/probes/thread_index.hpp"
#include "bench/overhead/support/outside.hpp"

namespace bookstore::overhead {

// The worker that counts the root stays in it until `fork_at`, so that all other workers have come to rest.
// It then stamps the time, forks one leaf, and counts the other leaf itself. Its own leaf lasts until the
// forked leaf has started, so that another worker must take that one. It gives up after `patience`, and does
// not wait at all if it is `alone`: then it counts the forked leaf too, after its own leaf or, in plain
// recursion, before it.
template <class Clock = backend::SteadyClock>
class ForkTree {
 public:
  enum class Node : std::uint8_t { root, forked, own };

  static constexpr std::int64_t patience = 100'000'000;  // ns
  static constexpr std::uint64_t sum = 3;                // of both leaves

  // `record` is filled in and outlives the tree. `threads` are numbered for all trees of a run.
  ForkTree(HandOver& record, measure::ThreadIndex& threads, std::int64_t fork_at, bool alone,
           Clock clock = {})
      : record_(&record), threads_(&threads), fork_at_(fork_at), alone_(alone), clock_(clock) {}

  Node root() const { return Node::root; }
  bool is_leaf(Node node) const { return node != Node::root; }

  template <class Visit>
  Node split(Node, Visit&& visit) const {
    clock_.sleep_until(fork_at_);
    forker_ = threads_->here();
    forker_cpu_ = sched_getcpu();
    record_->handed = clock_.now();
    visit(Node::forked);
    return Node::own;
  }

  std::uint64_t leaf(Node node) const {
    if (node == Node::own) {
      own_thread_ = threads_->here();
      await_other();
      return 2;
    }
    record_->started = record_->finished = clock_.now();
    record_->thread = threads_->here();
    ++record_->runs;
    taker_cpu_ = sched_getcpu();
    started_.store(true, std::memory_order_release);
    return 1;
  }

  // After the count: whether the forked leaf started on another thread than the one that forked it.
  bool apart() const { return record_->thread != forker_; }
  // And whether on the CPU that the forking thread kept for its own leaf: whoever was woken there, because
  // others had the rest, waited for the scheduler's next slice, some milliseconds.
  bool crowded() const { return apart() && own_thread_ == forker_ && taker_cpu_ == forker_cpu_; }

 private:
  // Without sleeping or yielding: as busy as a worker with a task is.
  void await_other() const {
    if (alone_) return;
    const std::int64_t give_up = clock_.now() + patience;
    while (!started_.load(std::memory_order_acquire) && clock_.now() < give_up) {
    }
  }

  HandOver* record_;
  measure::ThreadIndex* threads_;
  std::int64_t fork_at_;
  bool alone_;
  Clock clock_;
  // Each written by one thread, and read when the count has drained.
  mutable int forker_ = -1;
  mutable int forker_cpu_ = -1;
  mutable int own_thread_ = -1;
  mutable int taker_cpu_ = -1;
  mutable std::atomic<bool> started_{false};
};

}  // namespace bookstore::overhead
