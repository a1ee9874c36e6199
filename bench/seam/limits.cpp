#include "bench/seam/limits.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "bench/seam/number_in.hpp"

namespace bookstore::backend {

namespace {

// Whether there are addresses (ulimit -v) for what so many threads take beside their stacks. A runtime that
// is refused some for its own records ends the process, so that all that it could want must be there. malloc
// gives a thread a heap of its own: 64 MB of addresses on 64-bit systems, and up to eight heaps a CPU
// (mallopt(3), M_ARENA_MAX).
bool has_addresses_for(int threads) {
  rlimit addresses{};
  if (getrlimit(RLIMIT_AS, &addresses) != 0 || addresses.rlim_cur == RLIM_INFINITY || threads == 0)
    return true;
  constexpr std::size_t heap = 64 << 20;
  constexpr std::size_t for_the_run = 2 * heap;
  const long heaps = std::min<long>(threads, 8 * sysconf(_SC_NPROCESSORS_ONLN));
  const std::size_t bytes = static_cast<std::size_t>(heaps) * heap + for_the_run;
  void* const reserved = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) return false;
  munmap(reserved, bytes);
  return true;
}

}  // namespace

int thread_limit(const ControlGroups& groups) {
  long long limit = std::min(number_in<long long>("/proc/sys/kernel/threads-max").value_or(32'768),
                             number_in<long long>("/proc/sys/kernel/pid_max").value_or(32'768));
  rlimit processes{};
  if (getrlimit(RLIMIT_NPROC, &processes) == 0 && processes.rlim_cur != RLIM_INFINITY)
    limit = std::min(limit, static_cast<long long>(processes.rlim_cur));
  // A thread's stack and its guard page are two mappings.
  limit = std::min(limit, number_in<long long>("/proc/sys/vm/max_map_count").value_or(65'530) / 2);
  if (const auto bound = groups.most_threads()) limit = std::min<long long>(limit, *bound);
  // The kernel's own stack and what else it keeps, and the first pages of the thread's.
  constexpr std::int64_t least_bytes_per_thread = 28 * 1024;
  limit = std::min<long long>(limit, memory_limit(groups) / least_bytes_per_thread);
  return static_cast<int>(std::clamp(limit, 1LL, 1'000'000LL));
}

std::int64_t memory_limit(const ControlGroups& groups) {
  const std::int64_t pages = sysconf(_SC_PHYS_PAGES);
  const std::int64_t machine = pages * sysconf(_SC_PAGESIZE);
  return std::min(machine, groups.memory_bytes().value_or(machine));
}

void require_memory(double bytes) {
  if (bytes > static_cast<double>(memory_limit())) throw std::bad_alloc();
}

void require_threads(const BackendTraits& traits, int workers) {
  if (workers < 1) throw std::invalid_argument("workers is " + std::to_string(workers) + "; give 1 or more");
  const int limit = thread_limit();
  if (workers > limit)
    throw LimitReached(std::string(traits.name) + ": " + std::to_string(workers) +
                       " workers, but this machine allows at most " + std::to_string(limit) + " threads");
}

void require_wishes(const BackendTraits& traits, const Team& team) {
  if (!team.trained.empty() && !traits.roles)
    throw std::invalid_argument("roles have no meaning for " + std::string(traits.name) +
                                ", whose workers do everything");
  if (team.door && !traits.door)
    throw std::invalid_argument("door:1 has no meaning for " + std::string(traits.name) +
                                (traits.submitter ? ", which always has one; leave it out"
                                                  : ", whose workers are the door; leave it out"));
  if (team.static_split && !traits.static_split)
    throw std::invalid_argument("static:1 has no meaning for " + std::string(traits.name) +
                                (traits.single_threaded ? ", which has one worker; leave it out"
                                                        : ", which has no such split; leave it out"));
  if (team.per_thread && !traits.per_thread)
    throw std::invalid_argument("per_thread:1 has no meaning for " + std::string(traits.name) +
                                "; leave it out");
  if (team.static_split && !team.trained.empty())
    throw std::invalid_argument("a static split knows no roles; leave out static or desk");
}

void require_closed_split(const Team& team, Load load) {
  if (team.static_split && load == Load::open)
    throw std::invalid_argument("static:1 has no meaning for an open run; leave it out");
}

void require_startable(std::string_view name, int threads) {
  std::latch end(1);
  std::vector<std::jthread> started;
  started.reserve(static_cast<std::size_t>(threads));
  try {
    for (int i = 0; i < threads; ++i) started.emplace_back([&end] { end.wait(); });
  } catch (const std::system_error&) {
    end.count_down();
    throw LimitReached(std::string(name) + ": " + std::to_string(threads) +
                       " threads are wanted, but the system gave only " + std::to_string(started.size()) +
                       "; ask for fewer workers");
  }
  const bool addresses = has_addresses_for(threads);
  end.count_down();
  if (!addresses)
    throw LimitReached(std::string(name) + ": the system gives " + std::to_string(threads) +
                       " threads, but no room for their heaps (ulimit -v); ask for fewer workers");
}

void require_single_worker(const BackendTraits& traits, const Team& team) {
  if (team.workers != 1)
    throw std::invalid_argument(std::string(traits.name) + " has one worker; workers is " +
                                std::to_string(team.workers));
  if (team.pinned)
    throw std::invalid_argument("pinned has no meaning for " + std::string(traits.name) +
                                ", which has one worker; set cores instead");
  require_wishes(traits, team);
}

}  // namespace bookstore::backend
