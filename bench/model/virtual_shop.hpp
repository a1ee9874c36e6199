// The shop in virtual time: cores, workers and tasks, and what everything costs, played event by event. It
// knows nothing of how a task is done: whoever asks for a play is asked back what each step takes.
//
// The rules, which a second implementation in the tests follows too. A worker is on a core, in the run queue,
// asleep, or has ended. It spends CPU in bursts:
//
// - It looks for work: a task of its own whose wait is over (overlapped waits only; the one that ended first,
//   of equal ones the one begun first); else the next task of its line, for `dispatch`, and for `claim` where
//   another core claimed last from that counter; else it falls asleep, or ends when nothing can come any
//   more.
// - A claim of another core's counter takes `claim`, one after the other in the order in which they are asked
//   for; who waits for the counter spins. A line has one counter; with `parts`, in a closed play, each worker
//   has a part of his line with a counter of its own, and when that is empty claims from the next part that
//   is not, in the order of the workers and round.
// - Each step is a burst of its work, then for each of its locks a burst of `lock` and the work under it. Who
//   finds a lock taken sleeps, and gets it by turn, `lock_handover` after it was left.
// - A blocking worker sleeps through its task's wait. One with overlapped waits looks for work, sleeps until
//   the first of its waits is over when there is none, and pays `timer` when it goes on with a task.
// - Who sleeps is ready `wake_up` after what it slept for. It then spends `sleep`, and `idle` more on a core
//   that was free; so much of it as the core has been free was spent meanwhile, and takes no more time.
// - A worker that is ready takes a free core (the one that was left last) or stands in the run queue. After
//   `slice` on a core it goes to the end of the queue, if somebody is in it, and spends `switch_over` more,
//   no part of its next slice, before it goes on; if nobody is in it, it has a new slice.
// - Open, blocking, without a door: a worker claims the next task before it comes, then sleeps until then.
//   Overlapped, without a door: of those who sleep for a line one watches it, and sleeps until the next
//   arrival; the others sleep until their own waits are over, or until the line's alarm wakes who has slept
//   longest of them, `grace` after an arrival that nobody has claimed. The alarm is set by the rules of
//   backends/event_loops/shared_door.hpp. With a door: a thread beside the workers, which needs a core too,
//   sleeps until the next arrival, spends `handover` on each, and wakes the worker that has slept longest.
// - Of what happens at one moment alarms come first, by line, then the workers by number, the door last; and
//   so on until nothing is left to happen at that moment.
//
// Every duration is in whole nanoseconds. A play is a pure function of what it is given. It takes time linear
// in bursts and logarithmic in workers, and memory for its workers and the tasks that they have begun.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace bookstore::model {

// In nanoseconds, each zero or more.
struct ShopCosts {
  std::int64_t dispatch = 0;       // CPU to take up a task and be done with it
  std::int64_t claim = 0;          // of a counter that another core had last; one claim at a time
  std::int64_t timer = 0;          // CPU to begin and end a wait that no worker waits with
  std::int64_t sleep = 0;          // CPU to fall asleep and to be woken
  std::int64_t idle = 0;           // CPU more where the core had nothing else to do
  std::int64_t wake_up = 0;        // from what ends a sleep until the worker is ready
  std::int64_t switch_over = 0;    // CPU to put another worker in a preempted one's place
  std::int64_t slice = 3'000'000;  // on a core, while others are ready; above zero
  std::int64_t lock = 0;           // CPU to take and leave a lock that nobody has
  std::int64_t lock_handover = 0;  // from its last owner to one who waits for it
  std::int64_t handover = 0;       // CPU of the door for each task
  std::int64_t grace = 0;          // that an arrival waits before a second worker is woken for it
};

struct ShopTeam {
  static constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t cores = 1;
  std::uint32_t workers = 1;
  bool overlapped = false;
  bool open = false;  // tasks have arrivals; else all are there at the start
  bool door = false;  // of an open play
  std::uint32_t locks = 0;
  std::vector<std::uint32_t> line_sizes;  // tasks in each line, at least one line
  std::vector<std::uint32_t> line_of;     // by worker; empty: all serve line 0
  std::uint32_t slow = 1;                 // the first worker's steps take so many times their work
  std::uint32_t in_flight = unlimited;    // with overlapped waits: shared out among the workers
  bool parts = false;                     // of a closed play: lines are shared out, in blocks
};

// What the work of a step is: some of it free, then `held_ns` under each of its locks.
struct ShopWork {
  std::int64_t free_ns = 0;
  std::int64_t held_ns = 0;
};

// The tasks of a play. `worker` is who has the task; now() of the play is the time.
class ShopTasks {
 public:
  virtual ~ShopTasks() = default;
  virtual std::uint32_t task_at(std::uint32_t line, std::uint32_t place) = 0;
  // Of an open play: arrivals ascend in each line, and over all tasks where there is a door.
  virtual std::int64_t arrival(std::uint32_t task) = 0;
  virtual std::uint32_t line_of(std::uint32_t task) = 0;
  // Before the first step of an open play's task: when it was let in.
  virtual void released(std::uint32_t task, std::int64_t time) = 0;
  // The step begins: what it takes. Its locks are put into `locks`, which is empty, in their order.
  virtual ShopWork begin(std::uint32_t worker, std::uint32_t task, std::uint32_t step,
                         std::vector<std::uint32_t>& locks) = 0;
  // The step ends: how long the task waits, or less than 0 when it is done.
  virtual std::int64_t end(std::uint32_t worker, std::uint32_t task, std::uint32_t step) = 0;
  // Whether no further task is to be begun.
  virtual bool stopped() const { return false; }
};

struct ShopFigures {
  std::int64_t begin = 0;
  std::int64_t end = 0;  // when the last task was done; without tasks, begin
  std::uint64_t tasks = 0;
  std::int64_t cpu_ns = 0;
  std::int64_t door_cpu_ns = 0;  // in cpu_ns
  std::uint64_t sleeps = 0;
  std::uint64_t preemptions = 0;
  std::uint32_t busy_workers = 0;  // that began tasks
  std::uint64_t most_begun = 0;    // tasks begun and not done
  double mean_begun = 0;           // over the play
  std::int64_t claim_busy_ns = 0;  // the counter that was busiest
  std::int64_t lock_busy_ns = 0;   // the lock that was held longest
};

// Plays all tasks, from `clock` on, which it moves. Throws std::invalid_argument for a team that cannot be,
// and where the clock ends (292 years); std::logic_error where the play breaks a law: a task is lost,
// Little's law does not hold to the nanosecond, or more CPU was spent than the cores had.
ShopFigures play_shop(const ShopTeam& team, const ShopCosts& costs, ShopTasks& tasks, std::int64_t& clock);

}  // namespace bookstore::model
