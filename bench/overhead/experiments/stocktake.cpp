#include "bench/overhead/experiments/stocktake.hpp"

#include <algorithm>
#include <memory>

#include "bench/measure/probes/cost.hpp"
#include "bench/overhead/support/runners.hpp"
#include "bench/seam/run.hpp"
#include "workloads/stocktake.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore::overhead {

namespace {

constexpr double all_counts_ns = 50e6;
constexpr std::uint64_t stock_seed = 1;

// A row set up: the shelves, and the workers that count them.
class Stock {
 public:
  explicit Stock(const OverheadRow& row)
      : row_(row),
        shape_{static_cast<std::uint32_t>(row.param("leaves")),
               static_cast<std::uint32_t>(row.param("fanout")),
               static_cast<std::uint32_t>(row.param("cutoff"))},
        shelves_(shape_.shelves, stock_seed),
        forks_(workload::ShelfTree(shelves_, shape_.fanout).forks()),
        runner_(make_stocktake_runner(row.backend, row.workers, static_cast<int>(row.param("align")))) {}

  std::uint64_t books() const { return shelves_.all_books(); }
  std::uint64_t forks() const { return forks_; }

  // Once; the nanoseconds that it takes.
  std::int64_t count() {
    const backend::SteadyClock clock;
    const std::int64_t start = clock.now();
    const std::uint64_t books = runner_->run(shelves_, shape_);
    const std::int64_t run_ns = clock.now() - start;
    prove_count(row_, shelves_, books);
    return run_ns;
  }

 private:
  OverheadRow row_;
  TreeShape shape_;
  workload::Shelves shelves_;
  std::uint64_t forks_;
  std::unique_ptr<StocktakeRunner> runner_;
};

Figures run_stocktake(const OverheadRow& row) {
  Stock stock(row);
  // Once to warm up; then as often as fills about 50 ms.
  const auto first_ns = static_cast<double>(stock.count());
  const auto counts = static_cast<int>(std::clamp(all_counts_ns / first_ns, 1.0, 1e6));
  std::int64_t run_ns = 0;
  const measure::Cost before = measure::cost_so_far();
  for (int i = 0; i < counts; ++i) run_ns += stock.count();
  const measure::Cost cost = measure::cost_so_far() - before;
  const auto forks = static_cast<double>(stock.forks());
  const double all_forks = std::max(forks, 1.0) * counts;
  return {.seconds = static_cast<double>(run_ns) * 1e-9,
          .counters = {{"forks", forks},
                       {"ns_per_fork", static_cast<double>(run_ns) / all_forks},
                       {"cpu_ns_per_fork", static_cast<double>(cost.cpu_ns) / all_forks},
                       {"books", static_cast<double>(stock.books())}},
          .cost = cost};
}

// A task is a fork.
TimedRuns drive_stocktake(const OverheadRow& row) {
  const auto stock = std::make_shared<Stock>(row);
  return {.digest = stock->books(),
          .tasks = static_cast<std::uint32_t>(std::max<std::uint64_t>(stock->forks(), 1)),
          .run = [stock] { return stock->count(); }};
}

}  // namespace

void prove_count(const OverheadRow& row, const workload::Shelves& shelves, std::uint64_t books) {
  if (books != shelves.all_books())
    throw workload::WrongResult(row.name() + ": " + std::to_string(books) + " books were counted, not " +
                                std::to_string(shelves.all_books()));
}

Experiment stocktake_experiment() {
  return {.name = "stocktake",
          .measures = "what a fork and its join cost",
          .params = {{.name = "fanout", .standard = 10, .minimum = 2, .maximum = 1000},
                     {.name = "leaves", .standard = 1'000'000, .minimum = 1, .maximum = 1e8},
                     {.name = "cutoff", .standard = 0, .minimum = 0, .maximum = 100},
                     alignment_param()},
          .contenders = stocktake_contenders(),
          .default_params =
              [](const Contender&) {
                return std::vector<std::string>{"", "fanout:2/leaves:1048576", "cutoff:3"};
              },
          // Forks of 400 ns are the dearest seen.
          .seconds = [](const OverheadRow& row) { return 0.05 + 2 * 400e-9 * row.param("leaves"); },
          .bytes = [](const OverheadRow& row) { return row.param("leaves"); },
          .run = run_stocktake,
          .drive = drive_stocktake};
}

}  // namespace bookstore::overhead
