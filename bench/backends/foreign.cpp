#include "bench/backends/foreign.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bench/backends/kept_run.hpp"
#include "bench/seam/limits.hpp"
#include "bench/seam/placement.hpp"
#include "bench/seam/seat.hpp"
#include "bench/seam/sockets/lent_sockets.hpp"
#include "bench/seam/sockets/protocol.hpp"

namespace bookstore::backend {

namespace {

static_assert(sizeof(ForeignRequest) == sizeof(Request) &&
              offsetof(ForeignRequest, begun) == offsetof(Request, begun) &&
              offsetof(ForeignRequest, wait) == offsetof(Request, wait) &&
              offsetof(ForeignRequest, task) == offsetof(Request, task) &&
              offsetof(ForeignRequest, step) == offsetof(Request, step) &&
              offsetof(ForeignRequest, sent) == offsetof(Request, sent));
static_assert(sizeof(ForeignAnswer) == sizeof(Answer) &&
              offsetof(ForeignAnswer, task) == offsetof(Answer, task) &&
              offsetof(ForeignAnswer, step) == offsetof(Answer, step));

// Of a thread: where it was last, and which CPUs it keeps to.
struct Here {
  std::uint64_t of = 0;  // the id of some Places
  std::size_t place = 0;
  std::uint64_t mask = 0;  // the id of those that have pinned it; 0: none have
  std::size_t pinned = 0;
};
constinit thread_local Here here;

}  // namespace

// Which worker of the team a thread is, while it runs steps: a runtime may have more threads than it lets run
// steps at a time, and which they are may change at any time. A thread keeps to its place while that is free.
class Foreign::Places {
 public:
  Places(int workers, std::optional<std::vector<int>> cpus)
      : id_(next_id.fetch_add(1) + 1),
        places_(static_cast<std::size_t>(workers)),
        mask_(cpus ? id_ : 0),
        all_cpus_(cpus ? *std::move(cpus) : cpus_of(0)) {}
  // Threads that the runtime keeps have been pinned, and have started others.
  ~Places() {
    if (mask_ != 0) free_all_threads(all_cpus_);
  }
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  // The calling thread's, until leave() is called with it. There are never more in here than places.
  std::size_t enter() {
    if (here.of != id_)
      here = {id_, next_.fetch_add(1, std::memory_order_relaxed) % places_.size(), here.mask};
    // Acquire: what the last one here has written is seen.
    while (places_[here.place].taken.exchange(true, std::memory_order_acquire))
      here.place = (here.place + 1) % places_.size();
    take_seat(places_[here.place].seat);
    place_ = static_cast<int>(here.place);
    if (here.mask != mask_ || (mask_ != 0 && here.pinned != here.place)) keep_to_place();
    return here.place;
  }
  void leave(std::size_t place) { places_[place].taken.store(false, std::memory_order_release); }

 private:
  struct alignas(apart) Place {
    std::atomic<bool> taken{false};
    Seat seat;
  };
  // A thread that is refused its CPU stays where it was.
  void keep_to_place() {
    restrict_to(0, mask_ == 0 ? all_cpus_ : std::vector{all_cpus_[here.place]});
    here.mask = mask_;
    here.pinned = here.place;
  }

  inline static std::atomic<std::uint64_t> next_id{0};

  const std::uint64_t id_;
  std::vector<Place> places_;
  std::atomic<std::size_t> next_{0};
  const std::uint64_t mask_;
  const std::vector<int> all_cpus_;
};

struct Foreign::Running {
  KeptRun& kept;
  Places& places;
};

ForeignAdvanced Foreign::advance(void* context, std::uint32_t task, std::uint32_t step) noexcept {
  const Running& running = *static_cast<const Running*>(context);
  const std::size_t place = running.places.enter();
  Resumption at{task, step};
  Wait wait = running.kept.advance(at);
  if (wait > 0 && !running.kept.run().machine_time()) {
    running.kept.begin_wait(wait, at);
    wait = foreign_kept;
  }
  running.places.leave(place);
  return {wait, at.step};
}

void Foreign::lost(void* context, int error) noexcept {
  static_cast<const Running*>(context)->kept.fail_lost(error);
}

Foreign::Foreign(const BackendTraits& traits, const Team& team, const ForeignRuntime& runtime)
    : name_(traits.name), workers_(team.workers), calls_(runtime) {
  require_threads(traits, team.workers);
  require_wishes(traits, team);
  places_ =
      std::make_unique<Places>(workers_, wants_pins(traits, team) ? std::optional(cpus_of(0)) : std::nullopt);
  pool_ = given(calls_.make(static_cast<std::uint32_t>(workers_)));
}
Foreign::~Foreign() { calls_.destroy(pool_); }

ForeignHandle Foreign::given(ForeignHandle handle) const {
  if (handle != 0) return handle;
  throw LimitReached(std::string(name_) +
                     ": the system refuses its runtime what it takes; ask for fewer workers");
}

Elapsed Foreign::run_all(const AnyRun& run, const Schedule* door, std::uint32_t in_flight) {
  KeptRun kept(run, timers_, Requests::runtimes_own);
  Running running{kept, *places_};
  const LentSockets lent(run.sockets());
  const ForeignRun told{.context = &running,
                        .advance = &advance,
                        .tasks = run.size(),
                        .in_flight = std::min(in_flight, run.size()),
                        .connections = lent.descriptors().data(),
                        .connection_count = static_cast<std::uint32_t>(lent.descriptors().size()),
                        .lost = &lost};
  const ForeignHandle opened = given(calls_.open(pool_, &told));
  const std::int64_t begin = run.now();
  if (door == nullptr) calls_.start(opened);
  const auto go_on = [&](Resumption at) { calls_.submit(opened, at.task, at.step); };
  const auto let_in = [&](std::uint32_t task) {
    calls_.submit(opened, task, 0);
    return false;
  };
  if (door != nullptr)
    kept.keep(*door, let_in, go_on);
  else
    kept.keep(go_on);
  calls_.close(opened, kept.failed() ? 1 : 0);
  const std::int64_t end = run.now();
  kept.rethrow();
  return {begin, end};
}

}  // namespace bookstore::backend
