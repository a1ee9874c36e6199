// oneTBB with waits that are put aside: a task that waits leaves its worker, and goes on as a new task when
// its wait is over. The caller keeps the waits, and the door of an open run, in a place of the arena that is
// its own; it runs no task.
//
// What is known of the runtime, and what is done about it here:
//
// - task::suspend would let a task wait where it stands, on a stack of its own: 4,095 of them in an arena at
//   most, of 4 MiB each. Not used.
// - A deferred task_handle would keep its group open while a task waits, in 128 bytes each. The keeper counts
//   the tasks instead, and makes the continuation when it is wanted: a waiting task is a timer.
// - Workers prefer what they spawned themselves to what was enqueued, and that to what others spawned. So
//   in a closed run new tasks are made in blocks, and whoever makes one enqueues the making of the next,
//   behind the continuations that are due; were all spawned at once, every task would begin before one went
//   on.
// - In an open run arrivals and continuations are spawned by the keeper alone, and stolen in their order:
//   enqueued ones had tails of milliseconds.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <latch>
#include <string>

#include "bench/backends/kept_waits.hpp"
#include "bench/backends/tbb.hpp"
#include "bench/seam/run.hpp"

namespace bookstore::backend {

class TbbOverlapped {
 public:
  static constexpr BackendTraits traits{
      .name = "tbb_overlapped", .waits = Waits::overlapped, .single_threaded = false, .submitter = true};

  // Throws as Tbb's.
  explicit TbbOverlapped(const Team& team, Load load = Load::closed);
  static std::string runtime() { return Tbb::runtime(); }
  static void expect_workers(int workers) { Tbb::expect_workers(workers); }
  int workers() const { return pool_.workers(); }
  int worker() const { return pool_.worker(); }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, AllAtOnce door, P probe = {}, W waiter = {}) {
    Running<J, P, W> running(job, probe, waiter, timers_);
    return running.spanned(pool_.arena_, waiter, [&](oneapi::tbb::task_group& group) {
      const auto enqueue = [&](const auto& what) { pool_.arena_.enqueue(group.defer(what)); };
      Maker maker{running, group, pool_.arena_};
      const bool all = door.in_flight >= job.size();
      if (all) {
        for (int worker = 0; worker < workers(); ++worker) enqueue(maker);
      } else {
        for (std::uint32_t lane = 0; lane < door.in_flight; ++lane)
          enqueue([&running] { running.claim_and_go_on(); });
      }
      running.waits.keep([] { return never; }, [](std::int64_t) {},
                         [&](Resumption at) {
                           if (all)
                             enqueue([&running, at] { running.go_on(at); });
                           else
                             enqueue([&running, at] { running.go_on_and_claim(at); });
                         });
    });
  }

  template <Job J, Probe P = NoProbe, Waiter W = Timers<>>
  Elapsed run(J& job, const Schedule& door, P probe = {}, W waiter = {}) {
    Running<J, P, W> running(job, probe, waiter, timers_);
    return running.spanned(pool_.arena_, waiter, [&](oneapi::tbb::task_group& group) {
      std::uint32_t next = 0;
      const auto spawn = [&](Resumption at) { group.run([&running, at] { running.go_on(at); }); };
      running.waits.keep([&] { return next < job.size() ? door.arrival(next) : never; },
                         [&](std::int64_t now) {
                           probe.released(next, now);
                           spawn({next++, 0});
                         },
                         spawn);
    });
  }

  // By the workers alone, as all else.
  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t cutoff = no_cutoff) {
    Tbb::Count<T> count{.tree = tree, .failure = {}};
    std::uint64_t sum = 0;
    std::latch counted(1);
    pool_.arena_.enqueue([&] {
      sum = count.guarded(tree.root(), cutoff);
      counted.count_down();
    });
    counted.wait();
    count.failure.rethrow();
    return sum;
  }

 private:
  // What all tasks of one run share.
  template <Job J, Probe P, Waiter W>
  struct Running {
    J& job;
    P probe;
    Kept<W> waits;
    FirstFailure failure;
    alignas(apart) std::atomic<std::uint32_t> unfinished;
    alignas(apart) std::atomic<std::uint32_t> next{0};  // to be begun, in a closed run

    Running(J& own_job, const P& own_probe, const W& waiter, TimerQueue<Resumption>& timers)
        : job(own_job), probe(own_probe), waits(waiter, timers), unfinished(own_job.size()) {}

    // Whether the task is finished.
    bool go_on(Resumption at) noexcept {
      if (failure.failed()) return false;
      try {
        if (!advance_kept(job, probe, waits, at)) return false;
        if (unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1) waits.end();
        return true;
      } catch (...) {
        failure.keep_current();
        waits.end();
        return false;
      }
    }

    // One of as many as may be in flight: whoever has finished a task begins the next.
    void go_on_and_claim(Resumption at) noexcept {
      if (go_on(at)) claim_and_go_on();
    }
    void claim_and_go_on() noexcept {
      std::uint32_t task = 0;
      do task = claim(1);
      while (task < job.size() && go_on({task, 0}));
    }
    // The first of so many tasks that nobody has claimed, or beyond the end.
    std::uint32_t claim(std::uint32_t tasks) noexcept {
      return next.fetch_add(tasks, std::memory_order_relaxed);
    }

    // Calls keep(group) in the arena, which returns when all tasks are finished or one has failed.
    template <class Keep>
    Elapsed spanned(oneapi::tbb::task_arena& arena, const W& waiter, const Keep& keep) {
      const std::int64_t begin = waiter.clock().now();
      if (job.size() > 0) {
        arena.execute([&] {
          oneapi::tbb::task_group group;
          try {
            keep(group);
          } catch (...) {
            failure.keep_current();
          }
          // What is left does nothing: the keeper, which joins in here, still runs no task.
          group.wait();
        });
      }
      const std::int64_t end = waiter.clock().now();
      failure.rethrow();
      return {begin, end};
    }
  };

  // Makes a block of tasks, and before that whoever makes the next one.
  template <class Run>
  struct Maker {
    Run& running;
    oneapi::tbb::task_group& group;
    oneapi::tbb::task_arena& arena;

    void operator()() const {
      const std::uint32_t tasks = running.job.size();
      const std::uint32_t first = running.claim(block_size);
      if (first >= tasks || running.failure.failed()) return;
      arena.enqueue(group.defer(*this));
      const std::uint32_t last = std::min(tasks - first, block_size) + first;
      for (std::uint32_t task = first; task < last; ++task)
        group.run([&run = running, task] { run.go_on({task, 0}); });
    }
  };
  template <class Run>
  Maker(Run&, oneapi::tbb::task_group&, oneapi::tbb::task_arena&) -> Maker<Run>;

  static constexpr std::uint32_t block_size = 64;

  Tbb pool_;
  TimerQueue<Resumption> timers_;
};

}  // namespace bookstore::backend
