#include "bench/measure/machine/mask.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "bench/measure/machine/affinity.hpp"
#include "bench/measure/machine/placing_variables.hpp"
#include "bench/measure/machine/topology.hpp"

namespace bookstore::measure {

namespace {

// Set in the process that was started anew: "<usable cores before> <cores of the mask> <rotation>", and then
// the CPUs that were usable before.
constexpr const char* started_variable = "BOOKSTORE_STARTED";
constexpr const char* taken_out_variable = "BOOKSTORE_TAKEN_OUT";

struct Started {
  int machine_cores = 0;
  int mask_cores = 0;
  int rotation = 0;
  std::vector<int> cpus;
};

Started read_started() {
  Started started;
  if (const char* text = std::getenv(started_variable); text != nullptr) {
    std::istringstream fields(text);
    fields >> started.machine_cores >> started.mask_cores >> started.rotation;
    for (int cpu = 0; fields >> cpu;) started.cpus.push_back(cpu);
  }
  return started;
}

// Says on stderr what was taken out, and tells the process that is started anew.
void report_taken_out() {
  const std::string list = placing_variables_found();
  unsetenv(taken_out_variable);
  if (list.empty()) return;
  std::cerr << program_invocation_short_name
            << ": taken out of the environment, since the affinity mask places all threads: " << list
            << std::endl;
  setenv(taken_out_variable, list.c_str(), 1);
}

}  // namespace

int mask_rotation() { return read_started().rotation; }

std::string variables_taken_out() {
  const char* list = std::getenv(taken_out_variable);
  return list == nullptr ? "none" : list;
}

int machine_cores() {
  const Started started = read_started();
  return started.machine_cores > 0 ? started.machine_cores : usable_cores();
}

std::vector<int> cpus_outside_mask() {
  const std::vector<int> inside = allowed_cpus();
  std::vector<int> outside;
  for (const int cpu : read_started().cpus)
    if (!std::ranges::binary_search(inside, cpu)) outside.push_back(cpu);
  return outside;
}

bool leave_mask() {
  const std::vector<int> outside = cpus_outside_mask();
  if (outside.empty()) return false;
  try {
    set_mask(outside);
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

void start_under_mask(int cores, int rotation, char** argv) {
  prctl(PR_SET_TIMERSLACK, 1);
  const Started started = read_started();
  const auto allowed = allowed_cpus();
  if (started.mask_cores > 0 && static_cast<int>(allowed.size()) == started.mask_cores &&
      (cores == 0 || cores == started.mask_cores) && rotation == started.rotation)
    return;
  const int usable = usable_cores();
  const int wanted = cores == 0 ? usable : cores;
  if (wanted > usable)
    throw std::invalid_argument("cores is " + std::to_string(wanted) + ", but this process may use " +
                                std::to_string(usable) + "; give 1 to " + std::to_string(usable));
  set_mask(choose_cpus(machine_topology(), allowed, wanted, rotation));
  report_taken_out();
  setenv("OMP_WAIT_POLICY", "passive", 0);
  std::string told = std::to_string(usable) + " " + std::to_string(wanted) + " " + std::to_string(rotation);
  for (const int cpu : allowed) told += " " + std::to_string(cpu);
  setenv(started_variable, told.c_str(), 1);
  execv("/proc/self/exe", argv);
  throw std::runtime_error("cannot start this binary anew under its mask: is /proc mounted?");
}

}  // namespace bookstore::measure
