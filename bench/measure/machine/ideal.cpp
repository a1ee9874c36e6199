#include "bench/measure/machine/ideal.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>

#include "bench/measure/machine/affinity.hpp"
#include "bench/measure/statistics/median.hpp"

namespace bookstore::measure {

namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  Pipe() {
    if (pipe(ends) != 0) throw std::runtime_error("no pipe for the processes of the ideal");
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_end(int end) {
    if (ends[end] >= 0) close(ends[end]);
    ends[end] = -1;
  }
  int ends[2] = {-1, -1};
};

// The child's life: prepare, say so, wait for the gate to close, work, say so, end.
[[noreturn]] void child(int cpu, const PrepareLoop& prepare, Pipe& report, Pipe& gate) {
  try {
    set_mask({cpu});
    gate.close_end(1);
    const auto loop = prepare();
    char byte = 0;
    if (write(report.ends[1], &byte, 1) != 1) _exit(1);
    if (read(gate.ends[0], &byte, 1) != 0) _exit(1);
    loop();
    if (write(report.ends[1], &byte, 1) != 1) _exit(1);
  } catch (...) {
    _exit(1);
  }
  _exit(0);
}

struct Child {
  pid_t pid;
  // Its own: a child that dies ends it, whatever the others do.
  std::unique_ptr<Pipe> report;
};

// Seconds from the common start until the last of the processes has ended.
double time_at_once(std::span<const int> cpus, const PrepareLoop& prepare) {
  Pipe gate;
  std::vector<Child> children;
  for (const int cpu : cpus) {
    auto report = std::make_unique<Pipe>();
    const pid_t pid = fork();
    if (pid == 0) child(cpu, prepare, *report, gate);
    report->close_end(1);
    if (pid > 0) children.push_back({pid, std::move(report)});
  }
  const auto all_report = [&] {
    char byte = 0;
    bool all = children.size() == cpus.size();
    for (const Child& each : children) all = read(each.report->ends[0], &byte, 1) == 1 && all;
    return all;
  };
  bool all_well = all_report();
  const auto start = Clock::now();
  gate.close_end(1);
  all_well = all_report() && all_well;
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  for (const Child& each : children) {
    int status = 0;
    all_well = waitpid(each.pid, &status, 0) == each.pid && status == 0 && all_well;
  }
  if (!all_well) throw std::runtime_error("a process of the machine's ideal failed");
  return seconds;
}

}  // namespace

double ideal_speedup(const std::vector<int>& cpus, const PrepareLoop& prepare, int rounds) {
  if (cpus.size() <= 1) return 1;
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    const std::span all(cpus);
    const auto one = all.subspan(static_cast<std::size_t>(round) % cpus.size(), 1);
    const double alone = time_at_once(one, prepare);
    const double together = time_at_once(all, prepare);
    ratios.push_back(static_cast<double>(cpus.size()) * alone / together);
  }
  return median(std::move(ratios));
}

}  // namespace bookstore::measure
