#include "bench/backends/tbb.hpp"

#include <optional>
#include <vector>

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
  ~Pins() override { observe(false); }

  void on_scheduler_entry(bool) override {
    if (auto* const place = place_here()) place->emplace(worker_here());
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

  int first_worker_;
  std::vector<std::optional<PinnedHere>> places_;  // by worker; each is its thread's
};

namespace {

std::size_t parallelism(int workers) {
  require_threads(Tbb::traits, workers);
  return static_cast<std::size_t>(workers) + 1;
}

}  // namespace

Tbb::Tbb(const Team& team, Load load)
    : workers_(team.workers),
      first_worker_(load == Load::open ? 1 : 0),
      control_(oneapi::tbb::global_control::max_allowed_parallelism, parallelism(team.workers)),
      arena_(team.workers + first_worker_, 1) {
  arena_.initialize();
  if (wants_pins(traits, team)) pins_ = std::make_unique<Pins>(arena_, first_worker_, workers_);
}

Tbb::~Tbb() = default;

}  // namespace bookstore::backend
