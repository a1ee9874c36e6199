// idle: the CPU time that a pool burns while it has nothing to do: right after work, when a runtime may still
// look for more, and later.
#pragma once

#include <cstdint>

#include "bench/overhead/experiment.hpp"

namespace bookstore::overhead {

Experiment idle_experiment();

struct IdleCpu {
  std::int64_t after_ns = 0;
  std::int64_t later_ns = 0;
};

// CPU time within `watch` from now on, and within another `watch` after `pause`. The caller sleeps, its own
// falling asleep and waking included. cpu_ns() reads the CPU time so far.
template <class Clock, class Meter>
IdleCpu watch_idle(const Clock& clock, const Meter& cpu_ns, std::int64_t watch, std::int64_t pause) {
  const auto watch_once = [&] {
    const std::int64_t end = clock.now() + watch;
    const std::int64_t before = cpu_ns();
    clock.sleep_until(end);
    return cpu_ns() - before;
  };
  IdleCpu cpu;
  cpu.after_ns = watch_once();
  clock.sleep_until(clock.now() + pause);
  cpu.later_ns = watch_once();
  return cpu;
}

}  // namespace bookstore::overhead
