#include "bench/backends/tbb.hpp"

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/version.h>

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "bench/backends/loaded_library.hpp"
#include "bench/seam/limits.hpp"
#include "bench/seam/placement.hpp"

namespace bookstore::backend {

// Keeps each thread that enters the arena to the CPU of its place, for as long as it is in there.
class Tbb::Pins : public oneapi::tbb::task_scheduler_observer {
 public:
  Pins(oneapi::tbb::task_arena& arena, int first_worker, int workers)
      : task_scheduler_observer(arena),
        first_worker_(first_worker),
        places_(static_cast<std::size_t>(workers)) {
    observe(true);
  }
  // Workers that are still in the arena hear of no exit any more.
  ~Pins() override {
    observe(false);
    places_.clear();
    free_all_threads(cpus_);
  }

  void on_scheduler_entry(bool) override {
    if (auto* const place = place_here()) place->emplace(worker_here(), cpus_);
  }
  void on_scheduler_exit(bool) override {
    if (auto* const place = place_here()) place->reset();
  }

 private:
  int worker_here() const { return oneapi::tbb::this_task_arena::current_thread_index() - first_worker_; }
  // Of the door there is none.
  std::optional<PinnedHere>* place_here() {
    const int worker = worker_here();
    return worker < 0 ? nullptr : &places_.at(static_cast<std::size_t>(worker));
  }

  std::vector<int> cpus_ = cpus_of(0);
  int first_worker_;
  std::vector<std::optional<PinnedHere>> places_;  // by worker; each is its thread's
};

namespace {

using oneapi::tbb::global_control;

// What TBB provides for in any case (calc_workers_hard_limit in oneTBB 2021's market.cpp).
constexpr int least_workers = 256;

// The most workers that a pool of this process can have, fixed by the first one; 0: none was made yet.
std::atomic<int> most_workers{0};

// One more than workers: the door of an open run needs a place of its own.
std::size_t parallelism(int workers) { return static_cast<std::size_t>(workers) + 1; }

// The workers, if the system and the process's first use of TBB allow them.
int checked(const Team& team) {
  const int workers = team.workers;
  require_threads(Tbb::traits, workers);
  require_wishes(Tbb::traits, team);
  int most = 0;
  if (most_workers.compare_exchange_strong(most, std::max(workers, least_workers))) return workers;
  if (workers > most)
    throw LimitReached("tbb: " + std::to_string(workers) +
                       " workers, but its first use in this process fixed " + "at most " +
                       std::to_string(most) + "; ask for the larger pool in a process of its own");
  return workers;
}

// A control that outlives all others, and an arena that was made when there was no other: TBB keeps what it
// fixed while there is one.
struct Reservation {
  explicit Reservation(int workers)
      : control(global_control::max_allowed_parallelism, parallelism(workers)), arena(1, 1) {
    arena.initialize();
  }
  global_control control;
  oneapi::tbb::task_arena arena;
};

}  // namespace

void Tbb::expect_workers(int workers) {
  if (most_workers != 0) return;
  static const Reservation reservation(checked(std::min(workers, thread_limit())));
}

Tbb::Tbb(const Team& team, Load load)
    : workers_(team.workers),
      first_worker_(load == Load::open ? 1 : 0),
      static_split_(team.static_split),
      control_(global_control::max_allowed_parallelism, parallelism(checked(team))),
      arena_(team.workers + first_worker_, 1) {
  arena_.initialize();
  if (wants_pins(traits, team)) pins_ = std::make_unique<Pins>(arena_, first_worker_, workers_);
}

Tbb::~Tbb() = default;

void Tbb::run_blocks(void (*run_block)(const void* context, int block), const void* context) {
  arena_.execute([&] {
    oneapi::tbb::parallel_for(
        0, workers_, [&](int block) { run_block(context, block); }, oneapi::tbb::static_partitioner());
  });
}

std::string Tbb::runtime() {
  return std::string("oneTBB ") + TBB_runtime_version() + " " + library_of("TBB_runtime_version");
}

}  // namespace bookstore::backend
