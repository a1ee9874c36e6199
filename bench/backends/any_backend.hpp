// A backend by its name. What is measured with it is written once, not compiled for each backend: only the
// runs themselves are, and of these only the ones whose steps are timed.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "bench/backends/registry.hpp"
#include "bench/seam/any_job.hpp"
#include "bench/seam/run.hpp"
#include "bench/seam/sockets/socket_waits.hpp"

namespace bookstore::backend {

class AnyBackend {
 public:
  // As make_backend for the backend of that name. Throws as find_backend and make_backend do.
  AnyBackend(std::string_view name, const Team& team, Load load = Load::closed);

  const BackendTraits& traits;
  int workers() const { return held_->workers(); }
  int worker() const { return held_->worker(); }

  // A run that nobody times: each step is called through a pointer.
  template <Job J, class Door>
  Elapsed run(J& job, const Door& door) {
    AnyJob any(job);
    return held_->run(any, door);
  }

  // A run as the backend runs that job itself: compiled for every backend that can run it. Throws
  // std::logic_error for a job that is for one thread and a backend of several.
  template <Job J, class Door, Probe P>
  Elapsed run(J& job, const Door& door, P probe) {
    Elapsed elapsed;
    visit([&]<class Backend>(Backend& backend) {
      if constexpr (Backend::traits.single_threaded || !OneThreadJob<J>)
        elapsed = backend.run(job, door, probe);
      else
        throw std::logic_error(std::string(Backend::traits.name) +
                               " cannot run a job that is for one thread");
    });
    return elapsed;
  }

  // The same with waits over sockets, which cost so much more than calls through pointers that these are not
  // seen. Threads may share the probe.
  template <Job J, class Door, Probe P>
  Elapsed run(J& job, const Door& door, P probe, SocketWaits waiter) {
    AnyJob any(job);
    return held_->run(any, door, AnyProbe(&probe), waiter);
  }

  // Calls visit(backend) with the backend as what it is.
  template <class Visit>
  void visit(const Visit& visit) {
    with_backend(traits.name, [&]<class Backend>() { visit(*static_cast<Backend*>(held_->backend())); });
  }

 private:
  struct Held {
    virtual ~Held() = default;
    virtual void* backend() = 0;
    virtual int workers() const = 0;
    virtual int worker() const = 0;
    virtual Elapsed run(AnyJob& job, const AllAtOnce& door) = 0;
    virtual Elapsed run(AnyJob& job, const Schedule& door) = 0;
    virtual Elapsed run(AnyJob& job, const AllAtOnce& door, AnyProbe probe, SocketWaits waiter) = 0;
    virtual Elapsed run(AnyJob& job, const Schedule& door, AnyProbe probe, SocketWaits waiter) = 0;
  };
  template <class Backend>
  struct HeldAs;

  std::unique_ptr<Held> held_;
};

}  // namespace bookstore::backend
