// The one place that knows all backends: a row each. Everything else, the tests too, goes through it.
#pragma once

#include <array>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "bench/backends/coroutines/coroutines.hpp"
#include "bench/backends/event_loop/event_loop.hpp"
#include "bench/backends/event_loops/event_loops.hpp"
#include "bench/backends/sequential.hpp"
#include "bench/backends/simulated/simulated.hpp"
#include "bench/backends/thread_per_task.hpp"
#include "bench/backends/threads.hpp"
#include "bench/seam/run.hpp"
#ifdef BOOKSTORE_HAVE_TBB
#  include "bench/backends/tbb.hpp"
#  include "bench/backends/tbb_overlapped.hpp"
#endif
#ifdef BOOKSTORE_HAVE_OPENMP
#  include "bench/backends/openmp.hpp"
#  include "bench/backends/openmp_overlapped.hpp"
#endif
#ifdef BOOKSTORE_HAVE_ASIO
#  include "bench/backends/asio/asio.hpp"
#endif
#ifdef BOOKSTORE_HAVE_FIBERS
#  include "bench/backends/fibers/fibers.hpp"
#endif
#ifdef BOOKSTORE_HAVE_GO
#  include "bench/backends/go/go.hpp"
#endif
#ifdef BOOKSTORE_HAVE_TOKIO
#  include "bench/backends/tokio/tokio.hpp"
#endif

namespace bookstore::backend {

template <class... Backends>
struct BackendList {
  // Calls visit.template operator()<Backend>() for each.
  template <class Visit>
  static void for_each(Visit&& visit) {
    (visit.template operator()<Backends>(), ...);
  }
  static constexpr std::array<BackendTraits, sizeof...(Backends)> traits{Backends::traits...};
  // Instantiates e.g. testing::Types with the backends.
  template <template <class...> class Into>
  using as = Into<Backends...>;
};

// Those that run on the machine: what sweeps, experiments and the gate go through. The one that runs in
// virtual time, Simulated, is none of them: it is asked for by its name.
using Registry = BackendList<Sequential, Threads
#ifdef BOOKSTORE_HAVE_TBB
                             ,
                             Tbb
#endif
#ifdef BOOKSTORE_HAVE_OPENMP
                             ,
                             OpenMp
#endif
                             ,
                             EventLoop, EventLoops, Coroutines
#ifdef BOOKSTORE_HAVE_TBB
                             ,
                             TbbOverlapped
#endif
#ifdef BOOKSTORE_HAVE_OPENMP
                             ,
                             OpenMpOverlapped
#endif
#ifdef BOOKSTORE_HAVE_ASIO
                             ,
                             Asio
#endif
#ifdef BOOKSTORE_HAVE_FIBERS
                             ,
                             Fibers
#endif
#ifdef BOOKSTORE_HAVE_GO
                             ,
                             Go
#endif
#ifdef BOOKSTORE_HAVE_TOKIO
                             ,
                             Tokio
#endif
                             ,
                             ThreadPerTask>;

// Backends that the suite has but this build has not.
inline constexpr std::array left_out{
#ifndef BOOKSTORE_HAVE_TBB
    std::string_view("tbb"),    std::string_view("tbb_overlapped"),
#endif
#ifndef BOOKSTORE_HAVE_OPENMP
    std::string_view("openmp"), std::string_view("openmp_overlapped"),
#endif
#ifndef BOOKSTORE_HAVE_ASIO
    std::string_view("asio"),
#endif
#ifndef BOOKSTORE_HAVE_FIBERS
    std::string_view("fibers"),
#endif
#ifndef BOOKSTORE_HAVE_GO
    std::string_view("go"),
#endif
#ifndef BOOKSTORE_HAVE_TOKIO
    std::string_view("tokio"),
#endif
    std::string_view()};  // ends the list: an array of none has no type

// Throws std::invalid_argument, naming the known backends.
inline const BackendTraits& find_backend(std::string_view name) {
  std::string known;
  for (const BackendTraits& each : Registry::traits) {
    if (each.name == name) return each;
    known += (known.empty() ? "" : ", ") + std::string(each.name);
  }
  if (name == Simulated::traits.name) return Simulated::traits;
  known += ", " + std::string(Simulated::traits.name);
  for (const std::string_view each : left_out)
    if (!name.empty() && each == name)
      throw std::invalid_argument("backend '" + std::string(name) +
                                  "' was left out of this build: install its runtime and build again");
  throw std::invalid_argument("unknown backend '" + std::string(name) + "'; known: " + known);
}

// Calls visit.template operator()<Backend>() for the backend of that name. Throws as find_backend does, and
// for one in virtual time.
template <class Visit>
void with_backend(std::string_view name, Visit&& visit) {
  if (find_backend(name).time == Time::virtual_time)
    throw std::invalid_argument(std::string(name) +
                                " runs in virtual time, which has no meaning here; name another backend");
  Registry::for_each([&]<class Backend>() {
    if (Backend::traits.name == name) visit.template operator()<Backend>();
  });
}

// A pool that a process is going to make.
struct ExpectedPool {
  std::string_view backend;
  int workers;
};

// To be called before the first pool is made, with all that are to come: some runtimes fix at their first use
// how many threads they will ever give, and are told of the largest pool first. A backend whose pools are all
// of one size is not touched, so that its first pool is made cold. Throws as find_backend does.
inline void expect_pools(std::span<const ExpectedPool> pools) {
  for (const ExpectedPool& pool : pools) find_backend(pool.backend);
  Registry::for_each([&]<class Backend>() {
    if constexpr (requires { Backend::expect_workers(1); }) {
      std::set<int> sizes;
      for (const ExpectedPool& pool : pools)
        if (pool.backend == Backend::traits.name) sizes.insert(pool.workers);
      if (sizes.size() > 1) Backend::expect_workers(*sizes.rbegin());
    }
  });
}

// What serves the backends that stand on somebody else's runtime: "<backend>: <runtime>; ...". Such a backend
// has a static std::string runtime(): its name, its version where it says one, and the file it was loaded
// from.
inline std::string runtimes() {
  std::string all;
  Registry::for_each([&]<class Backend>() {
    if constexpr (requires { Backend::runtime(); })
      all += (all.empty() ? "" : "; ") + std::string(Backend::traits.name) + ": " + Backend::runtime();
  });
  return all.empty() ? "none" : all;
}

}  // namespace bookstore::backend
