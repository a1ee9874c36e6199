// The affinity mask of the whole process, in force before any runtime has looked at the machine.
#pragma once

namespace bookstore::measure {

// Puts the process under a mask of `cores` CPUs (distinct physical cores first) by starting it anew, before
// any runtime has looked at the machine, with OMP_WAIT_POLICY=passive unless the user set it, and 1 ns of
// timer slack. Returns in the new process only. `cores` 0: all that are usable. Throws std::invalid_argument
// for more than there are.
void start_under_mask(int cores, char** argv);

// What was usable before the mask was put on.
int machine_cores();

}  // namespace bookstore::measure
