#include "bench/overhead/experiments/seam_price.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

#include "bench/measure/machine/affinity.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/statistics/median.hpp"
#include "bench/overhead/experiments/grain.hpp"
#include "bench/overhead/experiments/stocktake.hpp"
#include "bench/overhead/support/runners.hpp"
#include "bench/rows/calibrate.hpp"
#include "bench/seam/placement.hpp"
#include "bench/seam/run.hpp"
#include "workloads/random.hpp"

namespace bookstore::overhead {

namespace {

using measure::median;

constexpr double round_ns = 2e6;
constexpr std::uint64_t seed = 1;

int param_of(const OverheadRow& row, const char* name) { return static_cast<int>(row.param(name)); }

// A contended cache line costs up to a fifth more or less depending on where in memory it lies, for as long
// as it lies there. So both sides are built anew every few rounds, with other heap blocks before them, and
// every run starts at another depth of the stack.
constexpr int rounds_in_place = 5;
constexpr std::size_t shift_bytes = 128;  // a pair of cache lines, which some processors fetch together
constexpr std::size_t most_shifts = 512;

template <class Run>
[[gnu::noinline]] auto deeper_in_the_stack(std::size_t shifts, const Run& run) {
  volatile std::byte* const shift = static_cast<std::byte*>(__builtin_alloca(shift_bytes * (shifts + 1)));
  *shift = std::byte{0};
  return run();
}

// One side of the comparison: its runner, warm, and the threads that work for it, by their system ids.
template <class Runner>
struct Side {
  std::unique_ptr<Runner> runner;
  std::vector<int> workers;
};

// The threads that `run` keeps busy, at most `workers` of them.
template <class Run>
std::vector<int> threads_busy_with(int workers, const Run& run) {
  const auto before = measure::cpu_ns_by_thread();
  run();
  std::vector<std::pair<std::int64_t, int>> used;
  for (const auto& [thread, cpu_ns] : measure::cpu_ns_by_thread()) {
    const auto known = before.find(thread);
    used.emplace_back(cpu_ns - (known == before.end() ? 0 : known->second), thread);
  }
  std::ranges::sort(used, std::greater{});
  std::vector<int> busy;
  for (const auto& [cpu_ns, thread] : used)
    if (static_cast<int>(busy.size()) < workers && cpu_ns > used.front().first / 10) busy.push_back(thread);
  std::ranges::sort(busy);
  return busy;
}

// Warm, by a run at least. A pool has threads of its own for all workers, or they are known by the CPU time
// that they use: the runtime's, from an earlier pool, and the caller.
template <class Runner, class Make, class Time>
Side<Runner> make_side(int workers, const Make& make, const Time& time) {
  constexpr int attempts = 5;
  const std::vector<int> before = backend::thread_ids();
  Side<Runner> side{make(), {}};
  std::vector<int> started;
  std::ranges::set_difference(backend::thread_ids(), before, std::back_inserter(started));
  if (static_cast<int>(started.size()) >= workers) {
    side.workers = started;
    time(*side.runner);
  }
  for (int attempt = 0; attempt < attempts && static_cast<int>(side.workers.size()) < workers; ++attempt) {
    std::vector<int> busy = threads_busy_with(workers, [&] { time(*side.runner); });
    if (busy.size() > side.workers.size()) side.workers = std::move(busy);
  }
  return side;
}

// Each side's workers apart, one on each CPU in turn. What both sides have in common stays where the first
// has it.
std::map<int, int> spread(const std::vector<int>& seam, const std::vector<int>& raw,
                          const std::vector<int>& cpus) {
  std::map<int, int> cpu_by_thread;
  for (const std::vector<int>& side : {seam, raw})
    for (std::size_t i = 0; i < side.size(); ++i) cpu_by_thread.try_emplace(side[i], cpus[i % cpus.size()]);
  return cpu_by_thread;
}

// The rounds of a row. Left to the system, the workers of short runs share a CPU now and then, on one side or
// on both, and that is not the seam's price: they are kept apart.
template <class Runner, class MakeSeam, class MakeRaw, class Time>
Figures compare(const OverheadRow& row, const MakeSeam& make_seam, const MakeRaw& make_raw,
                const Time& time) {
  const backend::SteadyClock clock;
  const std::int64_t start = clock.now();
  SplitMix64 random{static_cast<std::uint64_t>(start)};
  const std::vector<int> cpus = measure::preferred_cpus();
  const auto timed = [&](const Side<Runner>& side) {
    return deeper_in_the_stack(random.below(most_shifts), [&] { return time(*side.runner); });
  };
  std::vector<SeamRound> all;
  std::size_t fewest_pinned = SIZE_MAX;
  for (int left = param_of(row, "rounds"); left > 0; left -= rounds_in_place) {
    const auto shift = std::make_unique<std::byte[]>(shift_bytes * random.below(most_shifts));
    const Side<Runner> seam = make_side<Runner>(row.workers, make_seam, time);
    const Side<Runner> raw = make_side<Runner>(row.workers, make_raw, time);
    fewest_pinned = std::min({fewest_pinned, seam.workers.size(), raw.workers.size()});
    const measure::PinnedThreads apart(spread(seam.workers, raw.workers, cpus));
    timed(seam);  // so that each worker has gone where it now belongs
    timed(raw);
    const auto rounds = alternate(
        std::min(left, rounds_in_place), [&] { return timed(seam); }, [&] { return timed(raw); });
    all.insert(all.end(), rounds.begin(), rounds.end());
  }
  measure::common_mask_size();  // throws if a thread has kept a CPU to itself
  Figures figures{.seconds = static_cast<double>(clock.now() - start) * 1e-9, .counters = seam_counters(all)};
  figures.counters["pinned"] = static_cast<double>(fewest_pinned);
  return figures;
}

Figures run_seam_grain(const OverheadRow& row) {
  const int align = param_of(row, "align");
  const auto make_seam = [&] { return make_grain_runner(row.backend, row.workers, align); };
  const auto make_raw = [&] { return make_grain_runner(grain_twin_of(row.backend), row.workers, align); };
  const std::uint32_t links = links_for(row.param("work_ns"));
  const auto timer_of = [&row](const workload::GrainPlan& plan) {
    return [&row, &plan, expected = grain_sum(plan)](GrainRunner& runner) {
      workload::GrainTally tally;
      workload::GrainJob job{plan, tally};
      const backend::SteadyClock clock;
      const std::int64_t start = clock.now();
      runner.run(job, plan.calls());
      const std::int64_t run_ns = clock.now() - start;
      prove_grain(row, tally, expected);
      return static_cast<double>(run_ns) / plan.tasks();
    };
  };
  // So many tasks that a round takes long beside a wake-up of the pool, by a run that also warms it up.
  const workload::GrainPlan pilot(10'000, links);
  const auto time_pilot = timer_of(pilot);
  const double pilot_ns = [&] {
    const auto warm = make_raw();
    time_pilot(*warm);
    return std::max(time_pilot(*warm), 1.0);
  }();
  const workload::GrainPlan plan(static_cast<std::uint32_t>(std::clamp(round_ns / pilot_ns, 100.0, 4e6)),
                                 links);
  return compare<GrainRunner>(row, make_seam, make_raw, timer_of(plan));
}

Figures run_seam_stocktake(const OverheadRow& row) {
  const int align = param_of(row, "align");
  const workload::Shelves shelves(static_cast<std::uint32_t>(row.param("leaves")), seed);
  const TreeShape shape{shelves.size(), static_cast<std::uint32_t>(row.param("fanout")), 0};
  const auto forks = std::max(1.0, static_cast<double>(workload::ShelfTree(shelves, shape.fanout).forks()));
  const auto make_seam = [&] { return make_stocktake_runner(row.backend, row.workers, align); };
  const auto make_raw = [&] {
    return make_stocktake_runner(stocktake_twin_of(row.backend), row.workers, align);
  };
  return compare<StocktakeRunner>(row, make_seam, make_raw, [&](StocktakeRunner& runner) {
    const backend::SteadyClock clock;
    const std::int64_t start = clock.now();
    const std::uint64_t books = runner.run(shelves, shape);
    const std::int64_t run_ns = clock.now() - start;
    prove_count(row, shelves, books);
    return static_cast<double>(run_ns) / forks;
  });
}

Param rounds_param() { return {.name = "rounds", .standard = 31, .minimum = 1, .maximum = 100'000}; }

// Of both sides, with two that warm them up in each place.
double runs_of(const OverheadRow& row) {
  const double rounds = row.param("rounds");
  return 2 * (rounds + 2 * std::ceil(rounds / rounds_in_place));
}

// Every alignment that was built, under each of `texts`.
std::vector<std::string> under_alignments(const std::vector<std::string>& texts) {
  std::vector<std::string> all;
  for (const std::string& text : texts)
    for (const double align : alignment_param().choices)
      all.push_back(text + (text.empty() ? "" : "/") + "align:" + std::to_string(std::lround(align)));
  return all;
}

}  // namespace

std::vector<SeamRound> alternate(int rounds, const std::function<double()>& seam,
                                 const std::function<double()>& raw) {
  SplitMix64 random{static_cast<std::uint64_t>(backend::SteadyClock{}.now())};
  std::vector<SeamRound> all;
  for (int round = 0; round < rounds; ++round) {
    SeamRound times{};
    const bool seam_first = random.below(2) == 0;
    if (seam_first) times.seam_ns = seam();
    times.raw_ns = raw();
    if (!seam_first) times.seam_ns = seam();
    all.push_back(times);
  }
  return all;
}

std::map<std::string, double> seam_counters(const std::vector<SeamRound>& rounds) {
  std::vector<double> seam;
  std::vector<double> raw;
  std::vector<double> difference;
  std::vector<double> ratio;
  for (const SeamRound& round : rounds) {
    seam.push_back(round.seam_ns);
    raw.push_back(round.raw_ns);
    difference.push_back(round.seam_ns - round.raw_ns);
    ratio.push_back(round.seam_ns / round.raw_ns);
  }
  const double raw_ns = median(raw);
  return {{"seam_ns", median(seam)},
          {"raw_ns", raw_ns},
          {"difference_ns", median(difference)},
          {"ratio", median(ratio)},
          {"limit_ns", std::max(0.05 * raw_ns, 1.0)}};
}

Experiment seam_grain_experiment() {
  return {.name = "seam_grain",
          .measures = "what our seam adds to a task: the backend against its raw twin",
          .params = {{.name = "work_ns", .standard = 0, .minimum = 0, .maximum = 1e7, .whole = false},
                     alignment_param(),
                     rounds_param()},
          .contenders = contenders_with_grain_twins(),
          .default_params =
              [](const Contender&) {
                return under_alignments({"", "work_ns:1000"});
              },
          .seconds = [](const OverheadRow& row) { return runs_of(row) * round_ns * 1e-9 + 0.1; },
          .run = run_seam_grain};
}

Experiment seam_stocktake_experiment() {
  return {.name = "seam_stocktake",
          .measures = "what our seam adds to a fork: the backend against its raw twin",
          .params = {{.name = "fanout", .standard = 10, .minimum = 2, .maximum = 1000},
                     {.name = "leaves", .standard = 1'000'000, .minimum = 1, .maximum = 1e8},
                     alignment_param(),
                     rounds_param()},
          .contenders = contenders_with_stocktake_twins(),
          .default_params = [](const Contender&) { return under_alignments({""}); },
          .seconds =
              [](const OverheadRow& row) {
                const double fork_seconds = row.backend == "openmp" ? 230e-9 : 60e-9;  // a leaf
                return runs_of(row) * row.param("leaves") * fork_seconds;
              },
          .run = run_seam_stocktake};
}

}  // namespace bookstore::overhead
