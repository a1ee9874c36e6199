// cold_start: what it takes to make a pool, its first task, and its later ones. A task is handed over from
// outside (see outside.hpp), each in a run of its own; its time is from the call of that run until it starts,
// so that whatever a runtime puts off until then is in the first task: TBB makes its threads then. An OpenMP
// team is put together, and counted, by the backend's constructor. threads_made and
// threads_made_by_first_task say how many came when. The pool has come to rest before each task.
//
// Cold is a process that has run nothing else: threads_at_start is 1 there. Runtimes keep their threads, and
// code once used is faster.
#pragma once

#include "bench/overhead/experiment.hpp"

namespace bookstore::overhead {

Experiment cold_start_experiment();

}  // namespace bookstore::overhead
