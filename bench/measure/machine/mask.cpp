#include "bench/measure/machine/mask.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>

#include "bench/measure/machine/affinity.hpp"

namespace bookstore::measure {

namespace {

// Set in the process that was started anew: "<usable cores before> <cores of the mask>".
constexpr const char* started_variable = "BOOKSTORE_STARTED";

struct Started {
  int machine_cores = 0;
  int mask_cores = 0;
};

Started read_started() {
  Started started;
  if (const char* text = std::getenv(started_variable); text != nullptr) {
    std::istringstream fields(text);
    fields >> started.machine_cores >> started.mask_cores;
  }
  return started;
}

}  // namespace

int machine_cores() {
  const Started started = read_started();
  return started.machine_cores > 0 ? started.machine_cores : usable_cores();
}

void start_under_mask(int cores, char** argv) {
  prctl(PR_SET_TIMERSLACK, 1);
  const Started started = read_started();
  const auto allowed = allowed_cpus();
  if (started.mask_cores > 0 && static_cast<int>(allowed.size()) == started.mask_cores &&
      (cores == 0 || cores == started.mask_cores))
    return;
  const int usable = usable_cores();
  const int wanted = cores == 0 ? usable : cores;
  if (wanted > usable)
    throw std::invalid_argument("cores is " + std::to_string(wanted) + ", but this process may use " +
                                std::to_string(usable) + "; give 1 to " + std::to_string(usable));
  auto cpus = preferred_cpus();
  cpus.resize(static_cast<std::size_t>(wanted));
  set_mask(cpus);
  setenv("OMP_WAIT_POLICY", "passive", 0);
  setenv(started_variable, (std::to_string(usable) + " " + std::to_string(wanted)).c_str(), 1);
  execv("/proc/self/exe", argv);
  throw std::runtime_error("cannot start this binary anew under its mask: is /proc mounted?");
}

}  // namespace bookstore::measure
