#include "bench/overhead/seam_price.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "bench/backends/run.hpp"
#include "bench/overhead/calibrate.hpp"
#include "bench/overhead/grain.hpp"
#include "bench/overhead/runners.hpp"
#include "bench/overhead/stocktake.hpp"
#include "workloads/random.hpp"

namespace bookstore::overhead {

namespace {

constexpr double round_ns = 5e6;
constexpr std::uint64_t seed = 1;

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Figures figures_of(const std::vector<SeamRound>& rounds, std::int64_t start) {
  const auto run_ns = backend::SteadyClock{}.now() - start;
  return {.seconds = static_cast<double>(run_ns) * 1e-9, .counters = seam_counters(rounds)};
}

int param_of(const OverheadRow& row, const char* name) { return static_cast<int>(row.param(name)); }

Figures run_seam_grain(const OverheadRow& row) {
  const int align = param_of(row, "align");
  const auto seam = make_grain_runner(row.backend, row.workers, align);
  const auto raw = make_grain_runner(grain_twin_of(row.backend), row.workers, align);
  const std::uint32_t links = links_for(row.param("work_ns"));
  const backend::SteadyClock clock;
  const auto time = [&](GrainRunner& runner, const workload::GrainPlan& plan, std::uint64_t expected) {
    workload::GrainTally tally;
    workload::GrainJob job{plan, tally};
    const std::int64_t start = clock.now();
    runner.run(job, plan.calls());
    const std::int64_t run_ns = clock.now() - start;
    prove_grain(row, tally, expected);
    return static_cast<double>(run_ns) / plan.tasks();
  };
  // So many tasks that a round takes long beside a wake-up of the pool, by a run that also warms it up.
  const workload::GrainPlan pilot(10'000, links);
  const std::uint64_t pilot_sum = grain_sum(pilot);
  time(*raw, pilot, pilot_sum);
  const double pilot_ns = std::max(time(*raw, pilot, pilot_sum), 1.0);
  const workload::GrainPlan plan(static_cast<std::uint32_t>(std::clamp(round_ns / pilot_ns, 100.0, 4e6)),
                                 links);
  const std::uint64_t expected = grain_sum(plan);
  time(*seam, plan, expected);
  time(*raw, plan, expected);
  const std::int64_t start = clock.now();
  const auto rounds = alternate(
      param_of(row, "rounds"), [&] { return time(*seam, plan, expected); },
      [&] { return time(*raw, plan, expected); });
  return figures_of(rounds, start);
}

Figures run_seam_stocktake(const OverheadRow& row) {
  const int align = param_of(row, "align");
  const workload::Shelves shelves(static_cast<std::uint32_t>(row.param("leaves")), seed);
  const TreeShape shape{shelves.size(), static_cast<std::uint32_t>(row.param("fanout")), 0};
  const auto forks = std::max(1.0, static_cast<double>(workload::ShelfTree(shelves, shape.fanout).forks()));
  const auto seam = make_stocktake_runner(row.backend, row.workers, align);
  const auto raw = make_stocktake_runner(stocktake_twin_of(row.backend), row.workers, align);
  const backend::SteadyClock clock;
  const auto time = [&](StocktakeRunner& runner) {
    const std::int64_t start = clock.now();
    const std::uint64_t books = runner.run(shelves, shape);
    const std::int64_t run_ns = clock.now() - start;
    prove_count(row, shelves, books);
    return static_cast<double>(run_ns) / forks;
  };
  time(*seam);
  time(*raw);
  const std::int64_t start = clock.now();
  const auto rounds = alternate(
      param_of(row, "rounds"), [&] { return time(*seam); }, [&] { return time(*raw); });
  return figures_of(rounds, start);
}

Param rounds_param() { return {.name = "rounds", .standard = 31, .minimum = 1, .maximum = 100'000}; }

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
          .contenders = all_backends(),
          .default_params =
              [](const Contender&) {
                return under_alignments({"", "work_ns:1000"});
              },
          .seconds = [](const OverheadRow& row) { return 2 * row.param("rounds") * round_ns * 1e-9 + 0.1; },
          .run = run_seam_grain};
}

Experiment seam_stocktake_experiment() {
  return {
      .name = "seam_stocktake",
      .measures = "what our seam adds to a fork: the backend against its raw twin",
      .params = {{.name = "fanout", .standard = 10, .minimum = 2, .maximum = 1000},
                 {.name = "leaves", .standard = 1'000'000, .minimum = 1, .maximum = 1e8},
                 alignment_param(),
                 rounds_param()},
      .contenders = all_backends(),
      .default_params = [](const Contender&) { return under_alignments({""}); },
      .seconds = [](const OverheadRow& row) { return 2 * row.param("rounds") * row.param("leaves") * 60e-9; },
      .run = run_seam_stocktake};
}

}  // namespace bookstore::overhead
