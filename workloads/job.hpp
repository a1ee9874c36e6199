// The seam between what is done (workloads) and how it is run (bench): a job is a numbered list of tasks, a
// task is a short list of steps. Nothing here names a runtime, a clock or a book.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>

namespace bookstore {

// What a step answers: how long its task must wait before its next step, in nanoseconds. Zero: go on at once.
// Negative: the task is finished.
using Wait = std::int64_t;
inline constexpr Wait done = -1;

// The most tasks that a job may have. Backends count claims in 32 bits, where each worker's last claim goes
// beyond the end and must not wrap, and open tasks in std::latch, which libstdc++ keeps in an int.
inline constexpr std::uint32_t most_tasks = std::numeric_limits<std::int32_t>::max();

// A job that a backend can run. Tasks are 0 .. size() - 1, at most most_tasks.
//
// The backend calls step(t, 0), step(t, 1), ... until the answer is negative: never two steps of one task at
// the same time, each step after the one before (happens-before), and never earlier than the wait asked for.
// Steps of different tasks may run at the same time unless the backend is single-threaded. A step does CPU
// work; it neither blocks nor sleeps. It may throw: the backend starts no new task, drains what is running,
// and rethrows the first failure to its caller.
template <class J>
concept Job = requires(J& job, std::uint32_t task, std::uint32_t step) {
  { job.size() } -> std::convertible_to<std::uint32_t>;
  { job.step(task, step) } -> std::same_as<Wait>;
};

// A job that can prepare for a task's next step: foresee(task) begins to fetch what that step will read, and
// changes nothing. A backend that knows which task goes on next may call it, on the thread that will run the
// step.
template <class J>
concept ForeseeingJob = Job<J> && requires(const J& job, std::uint32_t task) {
  job.foresee(task);
};

// A job whose tasks ask for a training: role(task), 0 to 31, never changes. Without it every task has role 0.
template <class J>
concept RoledJob = Job<J> && requires(const J& job, std::uint32_t task) {
  { job.role(task) } -> std::convertible_to<std::uint32_t>;
};

// A job no two steps of which may run at the same time, whichever their tasks: for single-threaded backends.
template <class J>
concept OneThreadJob = Job<J> && J::one_thread_only;
// A job whose tasks are of kinds: kind(task), small numbers from 0, never changes. What a step costs before
// it is run is known by kind and step.
template <class J>
concept KindedJob = Job<J> && requires(const J& job, std::uint32_t task) {
  { job.kind(task) } -> std::convertible_to<std::uint32_t>;
};

// A job that knows beforehand how many nanoseconds of CPU a step is to take.
template <class J>
concept TimedJob = Job<J> && requires(const J& job, std::uint32_t task, std::uint32_t step) {
  { job.work_ns(task, step) } -> std::same_as<std::int64_t>;
};

// A job that says which of its locks, 0 to locks() - 1, a step takes: visit(lock) for each, in their order,
// one held at a time.
template <class J>
concept LockingJob = Job<J> && requires(const J& job, std::uint32_t task, std::uint32_t step) {
  { job.locks() } -> std::convertible_to<std::uint32_t>;
  job.for_each_lock(task, step, [](std::uint32_t) {});
};

// The oracle: does all steps of all tasks one after the other, without waiting.
template <Job J>
void do_directly(J& job) {
  for (std::uint32_t task = 0; task < job.size(); ++task)
    for (std::uint32_t step = 0; job.step(task, step) >= 0; ++step) {
    }
}

}  // namespace bookstore
