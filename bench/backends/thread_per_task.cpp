#include "bench/backends/thread_per_task.hpp"

#include <cstddef>
#include <string>
#include <system_error>

#include "bench/seam/limits.hpp"
#include "bench/seam/placement.hpp"

namespace bookstore::backend {

ThreadPerTask::ThreadPerTask(const Team& team, Load) {
  require_threads(traits, team.workers);
  require_wishes(traits, team);
  if (wants_pins(traits, team)) cpus_ = cpus_of(0);
  places_.resize(static_cast<std::size_t>(team.workers));
  for (std::uint32_t place = 0; place < places_.size(); ++place) free_.put(place);
}

Elapsed ThreadPerTask::run_all(const AnyRun& run, const Schedule* door) {
  FirstFailure failure;
  const AnyClock clock(run);
  const std::int64_t begin = clock.now();
  try {
    if (door != nullptr) {
      AnyReleases releases(run);
      keep_door(*door, run.size(), releases, clock, failure, [&](std::uint32_t task) {
        const bool held = free_.size() == 0;
        start(run, task, failure);
        return held;
      });
    } else {
      for (std::uint32_t task = 0; task < run.size() && !failure.failed(); ++task) start(run, task, failure);
    }
  } catch (...) {
    failure.keep_current();
  }
  for (Place& place : places_)
    if (place.thread.joinable()) place.thread.join();
  const std::int64_t end = clock.now();
  failure.rethrow();
  return {begin, end};
}

void ThreadPerTask::start(const AnyRun& run, std::uint32_t task, FirstFailure& failure) {
  const std::uint32_t number = *free_.take();
  Place& place = places_[number];
  if (place.thread.joinable()) place.thread.join();
  try {
    place.thread = std::thread([this, number, &place, &run, task, &failure] {
      place_ = static_cast<int>(number);
      take_seat(place.seat);
      try {
        std::optional<PinnedHere> pinned;
        if (cpus_) pinned.emplace(place_, *cpus_);
        if (!failure.failed()) run.run_blocking(task);
      } catch (...) {
        failure.keep_current();
      }
      free_.put(number);
    });
  } catch (const std::system_error&) {
    const std::size_t alive = places_.size() - free_.size() - 1;
    free_.put(number);
    throw LimitReached(std::string(traits.name) + ": at " + std::to_string(alive) +
                       " threads the machine gave no more; ask for fewer workers");
  }
}

}  // namespace bookstore::backend
