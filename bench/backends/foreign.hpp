// A backend on a runtime of another language, behind the C of bench/seam/foreign.h. The caller sleeps, or is
// the door of an open run, which hands each task over; it also keeps the waits of a clock that is not the
// machine's, by which no such runtime goes.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "bench/backends/any_runs.hpp"
#include "bench/backends/shared_claims.hpp"
#include "bench/seam/foreign.h"
#include "bench/seam/run.hpp"
#include "bench/seam/timers/timer_queue.hpp"

namespace bookstore::backend {

class Foreign : public AnyRuns<Foreign> {
 public:
  Foreign(const Foreign&) = delete;
  Foreign& operator=(const Foreign&) = delete;
  int workers() const { return workers_; }
  int worker() const { return place_; }

  // Of such a tree a runtime sees tasks alone, one for each of a few subtrees a worker.
  template <Tree T>
  std::uint64_t count(const T& tree, std::uint32_t cutoff = no_cutoff) {
    return count_as_tasks(*this, tree, cutoff, subtrees_per_worker);
  }

 protected:
  // Throws LimitReached, naming the backend, when the runtime is not to be had. `runtime` outlives it.
  Foreign(const BackendTraits& traits, const Team& team, const ForeignRuntime& runtime);
  ~Foreign();

 private:
  friend AnyRuns<Foreign>;
  class Places;
  struct Running;

  // Throws LimitReached for 0.
  ForeignHandle given(ForeignHandle handle) const;
  static ForeignAdvanced advance(void* context, std::uint32_t task, std::uint32_t step) noexcept;
  static void lost(void* context, int error) noexcept;
  Elapsed run_all(const AnyRun& run, const Schedule* door, std::uint32_t in_flight);

  inline static thread_local int place_ = 0;

  std::string_view name_;
  int workers_;
  const ForeignRuntime& calls_;
  std::unique_ptr<Places> places_;
  ForeignHandle pool_ = 0;
  TimerQueue<Resumption> timers_;  // of a clock that the runtime's timers do not go by
};

}  // namespace bookstore::backend
