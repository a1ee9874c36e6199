// What every worker is at, for whoever must say it when a run does not end.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/seam/run.hpp"
#include "bench/seam/seat.hpp"

namespace bookstore::measure {

// A place for each thread that runs steps, on a cache line of its own: one writer, read by a signal handler.
// While one lives it is the one that a watchdog reads; one at a time.
class Whereabouts {
 public:
  struct alignas(64) Place {
    std::atomic<std::uint32_t> task{0};
    std::atomic<std::uint32_t> step{0};
    std::atomic<int> worker{-1};  // -1: none yet
    std::atomic<bool> inside{false};
  };

  explicit Whereabouts(int threads)
      : run_(next_run.fetch_add(1, std::memory_order_relaxed) + 1),
        places_(static_cast<std::size_t>(threads)) {
    current_.store(this, std::memory_order_release);
  }
  ~Whereabouts() { current_.store(nullptr, std::memory_order_release); }
  Whereabouts(const Whereabouts&) = delete;
  Whereabouts& operator=(const Whereabouts&) = delete;

  // The calling thread's; `worker()` says which worker it is, and is asked once. Nothing where more threads
  // come than there are places.
  template <class Worker>
  Place* here(const Worker& worker) {
    backend::Seat::Number& own = backend::seat_here().watched;
    const bool is_new = own.given_for != run_;
    if (is_new) {
      own.given_for = run_;
      own.number = taken_.fetch_add(1, std::memory_order_relaxed);
    }
    if (own.number >= static_cast<int>(places_.size())) return nullptr;
    Place& place = places_[static_cast<std::size_t>(own.number)];
    if (is_new) place.worker.store(worker(), std::memory_order_relaxed);
    return &place;
  }
  const std::vector<Place>& places() const { return places_; }

  static const Whereabouts* current() { return current_.load(std::memory_order_acquire); }

 private:
  inline static std::atomic<std::uint64_t> next_run{0};
  inline static std::atomic<const Whereabouts*> current_{nullptr};

  std::uint64_t run_;
  std::vector<Place> places_;
  std::atomic<int> taken_{0};
};

// A probe that notes where its thread is, around another probe.
template <class Backend, backend::Probe P = backend::NoProbe>
class Watched {
 public:
  Watched(Whereabouts& whereabouts, const Backend& backend, P probe = {})
      : whereabouts_(&whereabouts), backend_(&backend), probe_(probe) {}

  void before(std::uint32_t task, std::uint32_t step) {
    if (auto* const place = here()) {
      place->task.store(task, std::memory_order_relaxed);
      place->step.store(step, std::memory_order_relaxed);
      place->inside.store(true, std::memory_order_relaxed);
    }
    probe_.before(task, step);
  }
  void after(std::uint32_t task, std::uint32_t step, Wait wait) {
    probe_.after(task, step, wait);
    if (auto* const place = here()) place->inside.store(false, std::memory_order_relaxed);
  }
  void released(std::uint32_t task, std::int64_t time) { probe_.released(task, time); }

 private:
  Whereabouts::Place* here() {
    return whereabouts_->here([this] { return backend_->worker(); });
  }

  Whereabouts* whereabouts_;
  const Backend* backend_;
  P probe_;
};

}  // namespace bookstore::measure
