// Tasks that all wait at once, and what became of them.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "bench/measure/probes/flight_counters.hpp"
#include "bench/seam/run.hpp"
#include "workloads/bookstore/plan.hpp"
#include "workloads/columns.hpp"
#include "workloads/random.hpp"

namespace bookstore::overhead {

// When the waits end: independently and uniformly within a span; all at the same moment; or each after one of
// the shop's four wait lengths, in the shares of the day.
enum class Ends { uniform = 0, equal = 1, shop = 2 };

// Times in nanoseconds. A pure function of its parameters: the same tasks every time.
class WaitPlan {
 public:
  // No wait ends before `lead` after its begin, or after the common start; in `lead`, all tasks are to begin.
  WaitPlan(std::uint32_t tasks, Ends ends, std::int64_t span, std::int64_t lead)
      : tasks_(tasks), ends_(ends), span_(span), lead_(lead) {
    const workload::Waits waits = workload::scaled_waits({});
    lengths_ = {waits.printer, waits.card, waits.brew, waits.mailbox};
    scale_ = static_cast<double>(lead) / static_cast<double>(std::ranges::min(lengths_));
    for (Wait& length : lengths_) length = static_cast<Wait>(scale_ * static_cast<double>(length));
  }

  std::uint32_t size() const { return tasks_; }
  std::int64_t lead() const { return lead_; }

  // By how much the shop's lengths were stretched, in their own ratios, for the shortest to be `lead`.
  double scale() const { return ends_ == Ends::shop ? scale_ : 1; }

  // The longest time from the start of a run, or from the begin of a wait, to the end of a wait.
  std::int64_t longest() const {
    switch (ends_) {
      case Ends::uniform:
      case Ends::equal:
        return lead_ + span_;
      case Ends::shop:
        break;
    }
    return std::ranges::max(lengths_);
  }

  // When the task's wait ends, if the run started at `start` and the task begins to wait at `now`.
  std::int64_t end_of(std::uint32_t task, std::int64_t start, std::int64_t now) const {
    switch (ends_) {
      case Ends::uniform:
        return start + lead_ + scattered(task, span_);
      case Ends::equal:
        return start + lead_ + span_;
      case Ends::shop:
        break;
    }
    return now + length_of(scattered(task, day_tasks_that_wait));
  }

 private:
  // Of 1,000 tasks of the day, 910 wait: 450 for the printer, 450 for the card terminal, 6 for coffee, 4 for
  // mail.
  static constexpr std::int64_t day_tasks_that_wait = 910;
  static constexpr std::array<std::int64_t, 4> up_to{450, 900, 906, day_tasks_that_wait};

  Wait length_of(std::int64_t share) const {
    std::size_t kind = 0;
    while (share >= up_to[kind]) ++kind;
    return lengths_[kind];
  }

  // Uniform in 0 .. below - 1, independent from task to task. Precondition: 1 <= below <= 2^40.
  static std::int64_t scattered(std::uint32_t task, std::int64_t below) {
    constexpr unsigned bits = 24;
    const std::uint64_t random = mix64(0x9e3779b97f4a7c15ULL * (task + std::uint64_t{1}));
    // In two halves, as the product would not fit into 64 bits.
    const auto wide = static_cast<std::uint64_t>(below);
    const std::uint64_t low = ((random & ((1u << bits) - 1)) * wide) >> bits;
    return static_cast<std::int64_t>((((random >> (64 - bits)) * wide) + low) >> bits);
  }

  std::uint32_t tasks_;
  Ends ends_;
  std::int64_t span_;
  std::int64_t lead_;
  std::array<Wait, 4> lengths_{};  // printer, card, brew, mailbox
  double scale_ = 1;
};

// Each task waits once, and notes how late it went on. Nothing that one worker writes shares a cache line
// with what another does, or that traffic would pass for a price of waiting.
template <class Clock = backend::SteadyClock>
class WaitingJob {
 public:
  // At most so many threads run its tasks, in all runs together.
  WaitingJob(const WaitPlan& plan, int threads, Clock clock = {})
      : plan_(plan), clock_(clock), columns_(plan.size()), slots_(columns_.size(), 0), begun_(threads) {}

  // Before each run. Without waits the tasks do all the same, but are told to go on at once.
  void start(bool waits) {
    waits_ = waits;
    start_ = clock_.now();
    begun_before_ = begun_.in_flight();
    resumed_ = false;
    most_waiting_ = 0;
    early_ = 0;
  }

  std::uint32_t size() const { return plan_.size(); }
  // Inlined always: GCC takes a function that only prefetches for one without any effect, and leaves it out.
  [[gnu::always_inline]] void foresee(std::uint32_t task) const {
    __builtin_prefetch(&slots_[columns_.place(task)], 1);
  }

  Wait step(std::uint32_t task, std::uint32_t step) {
    const std::int64_t now = clock_.now();
    std::int64_t& slot = slots_[columns_.place(task)];
    if (step == 0) {
      slot = plan_.end_of(task, start_, now);
      begun_.count_released();
      return waits_ ? std::max<Wait>(slot - now, 1) : 0;
    }
    if (!resumed_.load(std::memory_order_relaxed) && !resumed_.exchange(true))
      most_waiting_ = begun_.in_flight() - begun_before_;
    slot = now - slot;
    if (waits_ && slot < 0) early_.fetch_add(1, std::memory_order_relaxed);
    return done;
  }

  // After a run: how late each task went on.
  std::vector<std::int64_t> lateness() const {
    std::vector<std::int64_t> late(plan_.size());
    for (std::uint32_t task = 0; task < plan_.size(); ++task) late[task] = slots_[columns_.place(task)];
    return late;
  }
  // Tasks that waited when the first went on: all, if all had begun.
  std::int64_t most_waiting() const { return most_waiting_; }
  std::uint32_t early() const { return early_; }

 private:
  WaitPlan plan_;
  Clock clock_;
  bool waits_ = true;
  std::int64_t start_ = 0;
  workload::Columns columns_;
  std::vector<std::int64_t> slots_;  // while a task waits the end of its wait, then its lateness
  // None is ever counted as finished: others go on while the first one asks how many wait.
  measure::FlightCounters begun_;
  std::int64_t begun_before_ = 0;  // in earlier runs
  std::atomic<bool> resumed_{false};
  std::atomic<std::int64_t> most_waiting_{0};
  std::atomic<std::uint32_t> early_{0};
};

}  // namespace bookstore::overhead
