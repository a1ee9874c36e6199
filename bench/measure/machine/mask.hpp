// The affinity mask of the whole process, in force before any runtime has looked at the machine.
#pragma once

#include <string>
#include <vector>

namespace bookstore::measure {

// Puts the process under a mask of `cores` CPUs (choose_cpus with that rotation) by starting it anew, before
// any runtime has looked at the machine, with OMP_WAIT_POLICY=passive unless the user set it, and 1 ns of
// timer slack. Returns in the new process only. `cores` 0: all that are usable. Throws std::invalid_argument
// for more than there are.
//
// Variables that place a runtime's threads (OMP_PROC_BIND and the like) are taken out of the environment,
// which one line on stderr says: the mask places them, and libgomp would keep the process to one CPU before
// main().
void start_under_mask(int cores, int rotation, char** argv);

// What start_under_mask was called with.
int mask_rotation();

// The variables that were taken out, as NAME=value, or "none".
std::string variables_taken_out();

// What was usable before the mask was put on.
int machine_cores();

// The CPUs that were usable before the mask was put on and are not in the calling thread's mask.
std::vector<int> cpus_outside_mask();

// Moves the calling thread to those CPUs. Whether there are any and the system lets it.
bool leave_mask();

}  // namespace bookstore::measure
