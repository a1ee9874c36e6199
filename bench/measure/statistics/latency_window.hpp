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

#include "bench/measure/statistics/validity.hpp"

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
  std::uint32_t waits = 0;     // how many waits its steps asked for
};
static_assert(sizeof(TaskRecord) <= 64, "a run of a million tasks must stay within 64 bytes a task");

using Records = std::span<const TaskRecord>;

// The tasks intended in [begin, end): records[first .. first + count).
struct Window {
  std::int64_t begin = 0;
  std::int64_t end = 0;  // one mean gap after the last intended arrival
  std::size_t first = 0;
  std::size_t count = 0;
  // The warm-up that the rule asks for: the longer of a tenth of the schedule and so many mean sojourns.
  // Where that is more than half of the schedule the window is the second half, and the run is too short to
  // be in steady state.
  std::int64_t warm_up = 0;
  bool warm_up_complete = false;
};

constexpr double warm_up_sojourns = 100;
// Where nothing but the queues has to fill: no caches, no memory, no thread that starts.
constexpr double virtual_warm_up_sojourns = 10;

// Throws std::logic_error for no records.
Window select_window(Records records, double sojourns = warm_up_sojourns);

// What a task's latency, finished - intended, consists of. The parts sum to it exactly.
template <class T>
struct Split {
  T late_at_door{};   // intended to released
  T queued_before{};  // released to started
  T work{};
  T asked_waits{};
  T queued_after{};  // the rest: waits that ended late, and waiting for a worker after them
  T total() const { return late_at_door + queued_before + work + asked_waits + queued_after; }
};

Split<std::int64_t> split(const TaskRecord& task);

// Of the finished tasks of the window, in order of intended arrival; of one kind only where one is given.
using Kind = std::optional<std::uint32_t>;
std::vector<std::int64_t> latencies(Records records, const Window& window, Kind kind = std::nullopt);
// Latency less the asked waits: what the backend and the machine answer for.
std::vector<std::int64_t> delays(Records records, const Window& window, Kind kind = std::nullopt);
// How late the door was.
std::vector<std::int64_t> lateness(Records records, const Window& window, Kind kind = std::nullopt);
// By how much the waits that were granted exceed those that were asked for, of tasks that waited: from the
// moment when a wait should have been over until the next step. Of a task with several waits their mean.
std::vector<std::int64_t> wait_lateness(Records records, const Window& window);
// Zero where there is no such task.
Split<double> mean_split(Records records, const Window& window, Kind kind = std::nullopt);

// The mean delay by its parts, in nanoseconds. They sum to it.
struct DelayParts {
  double door = 0;         // intended to released
  double queue = 0;        // released to started
  double steps = 0;        // inside the steps, beyond `work`: preempted, waiting for a lock, in cold caches
  double after_waits = 0;  // waits that ended late, and waiting for a worker after them
  double work = 0;         // what the steps take when nothing is in their way
  double total() const { return door + queue + steps + after_waits + work; }
};
// `alone[k]` is what the steps of a task of kind k take when nothing is in their way. Where the tasks of a
// kind were quicker than that on average, or nothing is known of the kind, all the time in its steps is work.
DelayParts mean_delay(Records records, const Window& window, std::span<const double> alone);

// Tasks intended before `time` and not finished by then.
std::uint64_t backlog(Records records, std::int64_t time);

// The most finished tasks that were between two of their stamps at the same moment.
std::uint64_t most_at_once(Records records, std::int64_t TaskRecord::*from, std::int64_t TaskRecord::*to);

// From when on a task counts as in flight: from its release by a door that stands beside the workers; or from
// its intended arrival, where a busy worker lets it in only when it takes it.
enum class InFlightFrom { release, arrival };

// All that the records say for the validity. Steal and the samples of tasks in flight are the caller's to
// add.
OpenRun observe(Records records, const Window& window, InFlightFrom from = InFlightFrom::release);

}  // namespace bookstore::measure
