#include "bench/measure/machine/environment.hpp"

#include <benchmark/benchmark.h>
#include <gnu/libc-version.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

#include "bench/measure/machine/affinity.hpp"
#include "bench/measure/machine/build_info.hpp"
#include "bench/measure/machine/mask.hpp"
#include "bench/seam/control_group.hpp"

extern char** environ;

namespace bookstore::measure {

namespace {

const std::string unknown = "unknown";

std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) && !line.empty() ? line : unknown;
}

std::string memory_total() {
  std::ifstream file("/proc/meminfo");
  std::string label;
  std::string kibibytes;
  return file >> label >> kibibytes ? kibibytes + " KiB" : unknown;
}

// In CPUs, such as 1.5.
std::string quota_text() {
  const auto cpus = backend::control_groups().cpus();
  if (!cpus) return "none";
  std::ostringstream text;
  text << *cpus;
  return text.str();
}

// Every OMP_*, GOMP_*, KMP_* and TBB_* variable in force: they change what the runtimes do.
std::string runtime_variables() {
  std::string found;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view variable(*each);
    for (const std::string_view prefix : {"OMP_", "GOMP_", "KMP_", "TBB_"})
      if (variable.starts_with(prefix)) found += (found.empty() ? "" : " ") + std::string(variable);
  }
  return found.empty() ? "none" : found;
}

}  // namespace

Environment read_environment() {
  utsname kernel{};
  uname(&kernel);
  return {
      {"commit", build::commit},
      {"build_type", build::type},
      {"compiler", build::compiler},
      {"flags", build::flags},
      {"libraries", std::string(build::libraries) + "; glibc " + gnu_get_libc_version()},
      {"cpu", cpu_model("/")},
      {"memory", memory_total()},
      {"kernel", std::string(kernel.sysname) + " " + kernel.release + " " + kernel.machine},
      {"governor", first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")},
      {"clock_source", first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource")},
      {"cgroup_cpu_quota", quota_text()},
      {"affinity", cpu_list(allowed_cpus())},
      {"rotation", std::to_string(mask_rotation())},
      {"timer_slack_ns", std::to_string(prctl(PR_GET_TIMERSLACK))},
      {"runtime_variables", runtime_variables()},
      {"variables_taken_out", variables_taken_out()},
  };
}

Environment read_context(const std::string& runtimes) {
  Environment context = read_environment();
  context.emplace_back("runtimes", runtimes);
  context.emplace_back("machine", machine_name(machine_cores()));
  context.emplace_back("machine_cores", std::to_string(machine_cores()));
  return context;
}

std::string cpu_model(const std::filesystem::path& root) {
  std::map<std::string, std::set<std::string>> values;  // of all CPUs: there may be several kinds
  std::ifstream file(root / "proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (const auto colon = line.find(':'); colon != std::string::npos && colon + 2 < line.size())
      values[line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1)].insert(line.substr(colon + 2));
  // As x86, MIPS, POWER and RISC-V name theirs.
  for (const char* key : {"model name", "cpu model", "cpu", "uarch"})
    if (const auto& names = values[key]; !names.empty()) return *names.begin();
  // ARM has numbers only. What the machine is called tells boards with equal CPUs apart.
  std::string model;
  for (const std::string& implementer : values["CPU implementer"])
    for (const std::string& part : values["CPU part"])
      model += (model.empty() ? "CPU " : ", ") + implementer + "/" + part;
  const std::string board = first_line(root / "proc/device-tree/model");
  if (board == unknown) return model.empty() ? unknown : model;
  // The kernel ends that text with a zero.
  return board.substr(0, board.find('\0')) + (model.empty() ? "" : ", " + model);
}

std::string machine_name(int cores) {
  std::string name;
  for (const char letter : cpu_model("/")) {
    if (std::isalnum(static_cast<unsigned char>(letter)) != 0)
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  if (!name.empty() && name.back() == '-') name.pop_back();
  name += "-" + std::to_string(cores) + "cpu";
  const auto quota = backend::control_groups().cpus();
  return quota && *quota < cores ? name + "-quota-" + quota_text() : name;
}

}  // namespace bookstore::measure
