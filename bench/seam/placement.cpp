#include "bench/seam/placement.hpp"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace bookstore::backend {

namespace {

// cpu_set_t holds 1,024, and the system refuses a set that is smaller than its own.
constexpr int max_cpus = 1 << 14;

struct FreeCpuSet {
  void operator()(cpu_set_t* set) const { CPU_FREE(set); }
};
using CpuSet = std::unique_ptr<cpu_set_t, FreeCpuSet>;

const std::size_t set_bytes = CPU_ALLOC_SIZE(max_cpus);

CpuSet empty_set() {
  CpuSet set(CPU_ALLOC(max_cpus));
  CPU_ZERO_S(set_bytes, set.get());
  return set;
}

const std::filesystem::path own_folder = "/proc/self";
const std::filesystem::path own_threads = own_folder / "task";

// A number of a process or thread by its folder under /proc, by its place in proc_pid_stat(5), from 4 on:
// what comes before may hold anything. Nothing where the thread has ended.
std::optional<long long> stat_field(const std::filesystem::path& folder, int place) {
  std::ifstream file(folder / "stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string field;
  for (int at = 3; at <= place; ++at) fields >> field;
  return std::stoll(field);
}

// Whether a thread has left the program's code for good: PF_EXITING is bit 2 of its flags.
bool is_ending(int thread) {
  constexpr int flags_place = 9;
  constexpr long long exiting = 0x4;
  return (stat_field(own_threads / std::to_string(thread), flags_place).value_or(exiting) & exiting) != 0;
}

long long thread_count() {
  constexpr int num_threads_place = 20;
  return stat_field(own_folder, num_threads_place).value_or(0);
}

// One reading of /proc/self/task. It ends early where a thread ends under its eyes (proc_task_readdir in the
// kernel's fs/proc/base.c), and then lacks threads that are there.
std::vector<int> listed_threads() {
  std::vector<int> threads;
  for (const auto& entry : std::filesystem::directory_iterator(own_threads))
    threads.push_back(std::stoi(entry.path().filename()));
  std::ranges::sort(threads);
  return threads;
}

}  // namespace

std::vector<int> cpus_of(pid_t thread) {
  const CpuSet set = empty_set();
  if (sched_getaffinity(thread, set_bytes, set.get()) != 0)
    throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
  std::vector<int> cpus;
  for (int cpu = 0; cpu < max_cpus; ++cpu)
    if (CPU_ISSET_S(static_cast<std::size_t>(cpu), set_bytes, set.get())) cpus.push_back(cpu);
  return cpus;
}

bool restrict_to(pid_t thread, const std::vector<int>& cpus) {
  const CpuSet set = empty_set();
  for (const int cpu : cpus) CPU_SET_S(static_cast<std::size_t>(cpu), set_bytes, set.get());
  return sched_setaffinity(thread, set_bytes, set.get()) == 0;
}

// A listing lacks nothing if there were no more threads than it names while all those were there: as the next
// listing, which names them again, says.
std::vector<int> thread_ids() {
  constexpr int tries = 10'000;
  std::vector<int> threads = listed_threads();
  for (int tried = 0; tried < tries; ++tried) {
    const bool as_many = thread_count() == std::ssize(threads);
    std::vector<int> again = listed_threads();
    if (as_many && std::ranges::includes(again, threads)) {
      std::erase_if(threads, is_ending);
      return threads;
    }
    threads = std::move(again);
  }
  throw std::runtime_error("/proc/self/task: threads come and go too fast to list them");
}

// Until nobody new is there: a thread that has yet to be freed may start others meanwhile.
void free_all_threads(const std::vector<int>& cpus) {
  std::vector<int> freed;
  for (std::vector<int> threads = thread_ids(); threads != freed; threads = thread_ids()) {
    for (const int thread : threads) restrict_to(thread, cpus);
    freed = std::move(threads);
  }
}

bool wants_pins(const BackendTraits& traits, const Team& team) {
  const auto usable = static_cast<int>(cpus_of(0).size());
  const bool enough = team.workers <= usable;
  if (!team.pinned) return traits.pins && enough;
  if (*team.pinned && !enough)
    throw std::invalid_argument("pinned:1 gives each worker a CPU; workers is " +
                                std::to_string(team.workers) + ", cores is " + std::to_string(usable));
  return *team.pinned;
}

PinnedHere::PinnedHere(int worker, const std::vector<int>& cpus) : cpus_(cpus) {
  if (worker >= static_cast<int>(cpus.size()))
    throw std::system_error(EINVAL, std::generic_category(), "fewer CPUs than workers");
  if (!restrict_to(0, {cpus[static_cast<std::size_t>(worker)]}))
    throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
}

PinnedHere::~PinnedHere() { restrict_to(0, cpus_); }

}  // namespace bookstore::backend
