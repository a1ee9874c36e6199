#include "bench/backends/any_backend.hpp"

#include "bench/seam/limits.hpp"

namespace bookstore::backend {

template <class Backend>
struct AnyBackend::HeldAs : Held {
  HeldAs(const Team& team, Load load) : held(make_backend<Backend>(team, load)) {}

  void* backend() override { return &held; }
  int workers() const override { return held.workers(); }
  int worker() const override { return held.worker(); }
  Elapsed run(AnyJob& job, const AllAtOnce& door) override { return held.run(job, door); }
  Elapsed run(AnyJob& job, const Schedule& door) override { return held.run(job, door); }
  Elapsed run(AnyJob& job, const AllAtOnce& door, AnyProbe probe, SocketWaits waiter) override {
    return held.run(job, door, probe, waiter);
  }
  Elapsed run(AnyJob& job, const Schedule& door, AnyProbe probe, SocketWaits waiter) override {
    return held.run(job, door, probe, waiter);
  }

  Backend held;
};

AnyBackend::AnyBackend(std::string_view name, const Team& team, Load load) : traits(find_backend(name)) {
  with_backend(name, [&]<class Backend>() { held_ = std::make_unique<HeldAs<Backend>>(team, load); });
}

}  // namespace bookstore::backend
