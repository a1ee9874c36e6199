// The turns of one event loop, on one thread: a task that waits is put aside, and the loop goes on with
// another. No lock and no atomic anywhere.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bench/seam/run.hpp"

namespace bookstore::backend {

// `Begun` keeps the waits (seam/waiters.hpp).
template <Job J, Probe P, class Begun>
class Loop {
 public:
  Loop(J& job, P& probe, Begun& begun) : begun_(begun), job_(job), probe_(probe) {}

  // Every task whose wait is over.
  void go_on_with_due() {
    if (begun_.any_over()) go_on();
  }

  // Runs a task from that step on until it waits or is done. Whether another may be due by now, or one more
  // waits.
  bool advance(std::uint32_t task, std::uint32_t step = 0) {
    for (bool changed = false;;) {
      const Wait wait = run_step(job_, probe_, task, step++);
      if (wait > 0) begun_.begin(wait, {task, step});
      changed = begun_.step_done() || changed;
      if (wait != 0) return changed || wait > 0;
    }
  }

 private:
  // What a task works on has long left the cache: the loop knows who comes next, and lets the job fetch it
  // meanwhile. Out of line: tasks that never wait pay for what lies between them.
  [[gnu::noinline]] void go_on() {
    begun_.end_those_over([this](Resumption next) { advance(next.task, next.step); },
                          [&](Resumption next) {
                            if constexpr (ForeseeingJob<J>) job_.foresee(next.task);
                          });
  }

  Begun& begun_;
  J& job_;
  P& probe_;
};

}  // namespace bookstore::backend
