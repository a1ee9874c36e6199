// What a runtime of another language is told of a run, and what it offers: plain C, which each of them reads
// or writes down again. It has tasks of its own kind for ours; each calls advance() and waits as it is told.
//
// No exception of ours crosses it: what a step throws is kept by advance(), which answers "done" from then
// on.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// In Advanced::wait, where there is nothing to wait for.
enum {
  foreign_done = -1,  // the task is finished, or the run has failed
  foreign_kept = -2,  // somebody else keeps the wait, and submits the task again when it is over
};

struct ForeignAdvanced {
  int64_t wait;   // nanoseconds, or one of the above
  uint32_t step;  // with which the task goes on
};

// What is said over a connection (bench/seam/sockets/protocol.hpp), in whole structures of this machine's: a
// request for each wait, an answer to each when it is over, in any order.
struct ForeignRequest {
  int64_t begun;  // on CLOCK_MONOTONIC
  int64_t wait;
  uint32_t task;
  uint32_t step;
  int64_t sent;  // when it was written: what was due by then is late by its writer
};
struct ForeignAnswer {
  uint32_t task;
  uint32_t step;
};

// Outlives the run.
struct ForeignRun {
  void* context;
  // Runs a task from that step on until it waits or is done. At most as many calls at a time as the runtime
  // has workers, of any threads.
  struct ForeignAdvanced (*advance)(void* context, uint32_t task, uint32_t step);
  uint32_t tasks;
  uint32_t in_flight;  // of a closed run: the most tasks that may be begun and unfinished at a time
  // What waits are over, one for each worker: connected streams, which the runtime copies in open() and
  // neither uses nor closes itself; 0: they are timers.
  const int* connections;
  uint32_t connection_count;
  // A connection is gone, by that error of the system's or, 0, closed at the other end: the run has failed.
  // Any thread, before close() returns.
  void (*lost)(void* context, int error);
};

// Whatever a runtime knows its pools and runs by; 0 is none: the system refuses what it takes.
typedef uintptr_t ForeignHandle;

// One run at a time. All are called by one thread, which is none of the runtime's.
struct ForeignRuntime {
  // So many workers, which are there when it returns or come when they are needed.
  ForeignHandle (*make)(uint32_t workers);
  void (*destroy)(ForeignHandle pool);
  // Prepares a run, outside of what is timed. A runtime writes with MSG_NOSIGNAL: the process may go by
  // SIGPIPE.
  ForeignHandle (*open)(ForeignHandle pool, const struct ForeignRun* run);
  // Begins all tasks of a closed run, from 0 on, and returns at once.
  void (*start)(ForeignHandle running);
  // Begins one task of an open run, or goes on with one whose wait was kept; returns at once.
  void (*submit)(ForeignHandle running, uint32_t task, uint32_t step);
  // When the last task is done, or one has failed, while others may wait: returns when advance() is called no
  // more.
  void (*close)(ForeignHandle running, int failed);
};

#ifdef __cplusplus
}
#endif
