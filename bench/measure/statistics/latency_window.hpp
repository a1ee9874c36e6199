// From the stamps of an open run to its figures: which tasks count, how long each took from its intended
// arrival, and what that time consists of.
//
// Pure functions on the records of all tasks, read after the run. All times are nanoseconds from the start of
// the run. Records lie in order of their intended arrival; each function throws std::logic_error where it
// finds them otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bench/measure/statistics/verdict.hpp"

namespace bookstore::measure {

// One task of an open run. Each slot has one writer at a time: the door until the release, then whichever
// worker has the task.
struct TaskRecord {
  std::int64_t intended = 0;     // when the schedule has it arrive
  std::int64_t released = 0;     // when the door let it in
  std::int64_t started = 0;      // its first step
  std::int64_t finished = 0;     // the end of its last step
  std::int64_t work = 0;         // time inside its steps, summed
  std::int64_t asked_waits = 0;  // the waits that its steps asked for, summed
  std::uint32_t kind = 0;
  std::uint32_t finishes = 0;  // how often it finished: anything but 1 is a defect of the backend
};
static_assert(sizeof(TaskRecord) <= 64, "a run of a million tasks must stay within 64 bytes a task");

using Records = std::span<const TaskRecord>;

// The tasks intended in [begin, end): records[first .. first + count).
struct Window {
  std::int64_t begin = 0;
  std::int64_t end = 0;  // one mean gap after the last intended arrival
  std::size_t first = 0;
  std::size_t count = 0;
  // The warm-up that the rule asks for: the longer of a tenth of the schedule and 100 mean sojourns. Where
  // that is more than half of the schedule the window is the second half, and the run is too short to be in
  // steady state.
  std::int64_t warm_up = 0;
  bool warm_up_complete = false;
};

// Throws std::logic_error for no records.
Window select_window(Records records);

// What a task's latency, finished - intended, consists of. The parts sum to it exactly.
template <class T>
struct Split {
  T late_at_door{};   // intended to released
  T queued_before{};  // released to started
  T work{};
  T asked_waits{};
  T queued_after{};  // the rest: waiting for a worker after a wait, and the timer's own lateness
  T total() const { return late_at_door + queued_before + work + asked_waits + queued_after; }
};

Split<std::int64_t> split(const TaskRecord& task);

// Of the finished tasks of the window, in order of intended arrival; of one kind only where one is given.
using Kind = std::optional<std::uint32_t>;
std::vector<std::int64_t> latencies(Records records, const Window& window, Kind kind = std::nullopt);
std::vector<std::int64_t> lateness(Records records, const Window& window, Kind kind = std::nullopt);
// Zero where there is no such task.
Split<double> mean_split(Records records, const Window& window, Kind kind = std::nullopt);

// Tasks intended before `time` and not finished by then.
std::uint64_t backlog(Records records, std::int64_t time);

// From when on a task counts as in flight: from its release by a door that stands beside the workers; or from
// its intended arrival, where a busy worker lets it in only when it takes it.
enum class InFlightFrom { release, arrival };

// All that the records say for the verdict. Steal and the samples of tasks in flight are the caller's to add.
OpenRun observe(Records records, const Window& window, InFlightFrom from = InFlightFrom::release);

}  // namespace bookstore::measure
