#include "bench/overhead/support/runners.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "bench/backends/registry.hpp"
#include "bench/overhead/support/variant.hpp"
#include "bench/seam/limits.hpp"

namespace bookstore::overhead {

namespace {

#ifdef BOOKSTORE_HAVE_TBB
constexpr bool have_tbb = true;
#else
constexpr bool have_tbb = false;
#endif
#ifdef BOOKSTORE_HAVE_OPENMP
constexpr bool have_openmp = true;
#else
constexpr bool have_openmp = false;
#endif
#ifdef BOOKSTORE_HAVE_ASIO
constexpr bool have_asio = true;
#else
constexpr bool have_asio = false;
#endif

using Built = std::integer_sequence<int, BOOKSTORE_ALIGNMENTS>;

// Calls visit.template operator()<alignment>() for each that was built.
template <int... built, class Visit>
void for_each_in(std::integer_sequence<int, built...>, Visit&& visit) {
  (visit.template operator()<built>(), ...);
}

template <class Runner>
struct TwinRow {
  std::string_view name;
  std::string_view of;  // the backend whose form it has; empty: none
  bool single_threaded;
  bool built;
  std::unique_ptr<Runner> (*make)(int workers, int alignment);
};

template <bool built, Twin twin>
std::unique_ptr<GrainRunner> make_grain(int workers, int alignment) {
  std::unique_ptr<GrainRunner> runner;
  if constexpr (built)
    for_each_in(Built{}, [&]<int each>() {
      if (each == alignment) runner = make_grain_twin<each, twin>(workers);
    });
  return runner;
}

template <bool built, Twin twin>
std::unique_ptr<StocktakeRunner> make_stocktake(int workers, int alignment) {
  std::unique_ptr<StocktakeRunner> runner;
  if constexpr (built)
    for_each_in(Built{}, [&]<int each>() {
      if (each == alignment) runner = make_stocktake_twin<each, twin>(workers);
    });
  return runner;
}

template <Twin twin, bool built = true>
constexpr TwinRow<GrainRunner> grain_row(std::string_view name, std::string_view of, bool single_threaded) {
  return {name, of, single_threaded, built, make_grain<built, twin>};
}

template <Twin twin, bool built = true>
constexpr TwinRow<StocktakeRunner> stocktake_row(std::string_view name, std::string_view of,
                                                 bool single_threaded) {
  return {name, of, single_threaded, built, make_stocktake<built, twin>};
}

constexpr std::array grain_twins{
    grain_row<Twin::sequential>("raw_sequential", "sequential", true),
    grain_row<Twin::threads>("raw_threads", "threads", false),
    grain_row<Twin::tbb_flat, have_tbb>("raw_tbb_flat", "", false),
    grain_row<Twin::tbb_nested, have_tbb>("raw_tbb_nested", "tbb", false),
    grain_row<Twin::tbb_halves, have_tbb>("raw_tbb_halves", "", false),
    grain_row<Twin::openmp_flat, have_openmp>("raw_openmp_flat", "", false),
    grain_row<Twin::openmp_nested, have_openmp>("raw_openmp_nested", "", false),
    grain_row<Twin::openmp_halves, have_openmp>("raw_openmp_halves", "openmp", false),
    grain_row<Twin::event_loop>("raw_event_loop", "event_loop", true),
    grain_row<Twin::event_loops>("raw_event_loops", "event_loops", false),
    grain_row<Twin::asio, have_asio>("raw_asio", "asio", false),
    grain_row<Twin::function_queue>("raw_function_queue", "", false),
    grain_row<Twin::thread_per_task>("raw_thread_per_task", "thread_per_task", false),
};

// Loops that never wait count as `sequential` and `threads` do: they share twins.
constexpr std::array stocktake_twins{
    stocktake_row<Twin::sequential>("raw_sequential", "sequential", true),
    stocktake_row<Twin::sequential>("raw_event_loop", "event_loop", true),
    stocktake_row<Twin::threads>("raw_threads", "threads", false),
    stocktake_row<Twin::threads>("raw_event_loops", "event_loops", false),
    stocktake_row<Twin::tbb_tree, have_tbb>("raw_tbb", "tbb", false),
    stocktake_row<Twin::openmp_tree, have_openmp>("raw_openmp", "openmp", false),
};

template <class Twins>
std::vector<Contender> contenders_with(const Twins& twins) {
  std::vector<Contender> contenders = all_backends();
  for (const auto& twin : twins)
    contenders.push_back(
        {.name = std::string(twin.name), .single_threaded = twin.single_threaded, .left_out = !twin.built});
  return contenders;
}

// A backend whose twin another backend's is: what is asked of both is the same loop.
std::string_view twinned(std::string_view backend) {
  return backend == "coroutines" ? "event_loops" : backend;
}

template <class Twins>
std::string twin_of(const Twins& twins, std::string_view backend) {
  for (const auto& twin : twins)
    if (twin.of == twinned(backend)) return std::string(twin.name);
  throw std::logic_error("no raw twin of '" + std::string(backend) + "'");
}

template <class Twins>
std::vector<Contender> contenders_beside(const Twins& twins) {
  std::vector<Contender> contenders = all_backends();
  std::erase_if(contenders, [&](const Contender& each) {
    return std::ranges::find(twins, twinned(each.name), &std::ranges::range_value_t<Twins>::of) ==
           twins.end();
  });
  return contenders;
}

// The contender of that name: a twin, or a backend through the seam.
template <class Runner, class Twins, class Seam>
std::unique_ptr<Runner> make_runner(const Twins& twins, const Seam& seam, const std::string& name,
                                    int workers, int alignment) {
  if (workers > 1) {
    backend::require_threads({name, backend::Waits::blocking, false, false}, workers);
    backend::require_startable(name, workers);
  }
  const auto twin = std::ranges::find(twins, name, &TwinRow<Runner>::name);
  std::unique_ptr<Runner> runner;
  if (twin != twins.end())
    runner = twin->make(workers, alignment);
  else
    for_each_in(Built{}, [&]<int each>() {
      if (each == alignment) runner = seam.template operator()<each>();
    });
  if (!runner) throw std::logic_error("no runner '" + name + "' in alignment " + std::to_string(alignment));
  return runner;
}

}  // namespace

Param alignment_param() {
  Param align{.name = "align", .standard = 64, .minimum = 1, .maximum = 4096};
  for_each_in(Built{}, [&]<int alignment>() { align.choices.push_back(alignment); });
  return align;
}

std::vector<Contender> grain_contenders() { return contenders_with(grain_twins); }
std::vector<Contender> stocktake_contenders() { return contenders_with(stocktake_twins); }

std::vector<Contender> contenders_with_grain_twins() { return contenders_beside(grain_twins); }
std::vector<Contender> contenders_with_stocktake_twins() { return contenders_beside(stocktake_twins); }

std::string grain_twin_of(std::string_view backend) { return twin_of(grain_twins, backend); }
std::string stocktake_twin_of(std::string_view backend) { return twin_of(stocktake_twins, backend); }

std::unique_ptr<GrainRunner> make_grain_runner(const std::string& name, int workers, int alignment) {
  const auto seam = [&]<int each>() { return make_seam_grain<each>(name, workers); };
  return make_runner<GrainRunner>(grain_twins, seam, name, workers, alignment);
}

std::unique_ptr<StocktakeRunner> make_stocktake_runner(const std::string& name, int workers, int alignment) {
  const auto seam = [&]<int each>() { return make_seam_stocktake<each>(name, workers); };
  return make_runner<StocktakeRunner>(stocktake_twins, seam, name, workers, alignment);
}

}  // namespace bookstore::overhead
