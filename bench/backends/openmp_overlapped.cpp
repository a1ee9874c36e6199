#include "bench/backends/openmp_overlapped.hpp"

#include <atomic>
#include <limits>
#include <semaphore>

#include "bench/backends/kept_run.hpp"
#include "bench/seam/limits.hpp"
#include "bench/seam/lines.hpp"
#include "bench/seam/placement.hpp"

namespace bookstore::backend {

// One run. Its public members are the keeper's.
class OpenMpOverlapped::Running {
 public:
  Running(KeptRun& kept, int workers, bool closed, std::uint32_t in_flight)
      : kept_(kept),
        bound_(detail::DoorBound::of_team(workers + 1)),
        permits_(bound_.tasks),
        closed_(closed),
        most_in_flight_(in_flight),
        // On a clock that passes by sleeping nobody can wake the keeper: then the line has no end.
        most_in_line_(kept.run().machine_time() ? 16 * workers : std::numeric_limits<int>::max()),
        least_in_line_(kept.run().machine_time() ? 4 * workers : -1) {}

  // Makes a task of the first step, or of another. Whether it had to wait until there was room.
  bool make(Resumption at) {
    const bool held = !permits_.try_acquire();
    if (held) permits_.acquire();
    Running* const self = this;
    const std::uint32_t task = at.task;
    const std::uint32_t step = at.step;
#pragma omp task default(none) firstprivate(self, task, step)
    self->go_on({task, step});
    return held;
  }

  // Of a closed run: whether there is a customer to let in, and room for one.
  bool has_room() const {
    return closed_ && next_ < kept_.tasks() && in_line_.load() < most_in_line_ &&
           next_ - finished_.load() < most_in_flight_;
  }
  // A few: between them the keeper looks after the waits.
  void let_some_in() {
    for (int some = 0; some < 8 && has_room(); ++some) {
      in_line_.fetch_add(1);
      make({next_++, 0});
    }
  }

 private:
  void go_on(Resumption at) noexcept {
    if (bound_.of == detail::DoorBound::Tasks::queued) permits_.release();
    // The keeper fills the line up again at once, or sleeps: it is woken when the line has become short.
    if (closed_ && at.step == 0 && in_line_.fetch_sub(1) == least_in_line_ + 1) kept_.wake();
    const Wait wait = kept_.advance(at);
    if (wait > 0) {
      kept_.begin_wait(wait, at);
    } else {
      finished_.fetch_add(1);
      if (most_in_flight_ < kept_.tasks()) kept_.wake();
    }
    if (bound_.of == detail::DoorBound::Tasks::unfinished) permits_.release();
  }

  KeptRun& kept_;
  const detail::DoorBound bound_;
  std::counting_semaphore<> permits_;
  const bool closed_;
  const std::uint32_t most_in_flight_;
  const int most_in_line_;  // customers whose first step is made a task and not begun
  const int least_in_line_;
  std::uint32_t next_ = 0;
  alignas(apart) std::atomic<int> in_line_{0};
  alignas(apart) std::atomic<std::uint32_t> finished_{0};
};

namespace {

// What the team would refuse in its own name.
const Team& checked(const Team& team) {
  require_threads(OpenMpOverlapped::traits, team.workers);
  require_wishes(OpenMpOverlapped::traits, team);
  wants_pins(OpenMpOverlapped::traits, team);
  return team;
}

}  // namespace

// Of both kinds of run the caller has the place in the team that a door has.
OpenMpOverlapped::OpenMpOverlapped(const Team& team, Load) : team_(checked(team), Load::open) {}

Elapsed OpenMpOverlapped::run_all(const AnyRun& run, const Schedule* door, std::uint32_t in_flight) {
  KeptRun kept(run, timers_, Requests::kept_by_caller);
  Running running(kept, workers(), door == nullptr, in_flight);
  const auto keep = [&] {
    if (door != nullptr)
      kept.keep(
          *door,
          [&](std::uint32_t task) {
            return running.make({task, 0});
          },
          [&](Resumption at) { running.make(at); });
    else
      kept.keep([&] { return running.has_room(); }, [&] { running.let_some_in(); },
                [&](Resumption at) { running.make(at); });
  };
  const auto* const keep_address = &keep;
  const int team = workers() + 1;
  const std::int64_t begin = run.now();
#pragma omp parallel num_threads(team) default(none) firstprivate(keep_address)
#pragma omp master
  (*keep_address)();
  const std::int64_t end = run.now();
  kept.rethrow();
  return {begin, end};
}

void OpenMpOverlapped::count_by_workers(void (*body)(const void* context), const void* context) {
  std::latch counted(1);
  auto* const done_address = &counted;
  const int team = workers() + 1;
#pragma omp parallel num_threads(team) default(none) firstprivate(body, context, done_address)
  {
    // At the end of the region the first member would count too.
    const int member = omp_get_thread_num();
    if (member == 0) done_address->wait();
    if (member == 1) {
      body(context);
      done_address->count_down();
    }
  }
}

}  // namespace bookstore::backend
