// bench_latency: the bookstore under arrivals that keep their own times; how long customers wait, and how
// many a way of working can take.

#include <benchmark/benchmark.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <new>
#include <optional>

#include "bench/backends/registry.hpp"
#include "bench/measure/machine/affinity.hpp"
#include "bench/measure/machine/environment.hpp"
#include "bench/measure/machine/mask.hpp"
#include "bench/open/drive.hpp"
#include "bench/open/open_run.hpp"
#include "bench/open/report.hpp"
#include "bench/open/slo.hpp"
#include "bench/open/theory.hpp"
#include "bench/rows/open_row.hpp"
#include "bench/rows/options.hpp"
#include "bench/rows/parts.hpp"
#include "bench/seam/limits.hpp"
#include "bench/shell/budget.hpp"
#include "bench/shell/exit_code.hpp"
#include "bench/shell/google_benchmark.hpp"
#include "bench/shell/json_text.hpp"
#include "bench/shell/numbers.hpp"
#include "workloads/bookstore/audit.hpp"

namespace bookstore {
namespace {

struct Options {
  RowOptions rows;
  DriveOptions drive;
  std::vector<std::string> rates;
  std::string slo;
  std::string resolution = "1.1";
  std::string hgrm;
  std::string series;
  std::string budget;
  bool check_theory = false;
  bool sweep = false;
  bool list = false;
};

void declare(CommandLine& line, Options& options) {
  add_row_options(line, options.rows);
  line.list("rates", options.rates, "Arrivals per second, separated by commas");
  add_parameter_option(line, options.rows, "duration", "seconds of arrivals");
  add_parameter_option(line, options.rows, "arrivals", "poisson, constant or bursts");
  add_parameter_option(line, options.rows, "burst_period", "seconds from burst to burst");
  add_parameter_option(line, options.rows, "burst_share", "the part of a period that has arrivals");
  add_parameter_option(line, options.rows, "fraction", "rate as a fraction of the throughput of --of");
  add_parameter_option(line, options.rows, "of", "the backend whose throughput --fraction means");
  add_parameter_option(line, options.rows, "trace", "a file of arrival times, a number a line, in seconds");
  line.text("slo", options.slo, "Search the highest rate that holds a limit, such as p99=5ms");
  line.text("resolution", options.resolution, "Ends the search when failing / passing rate is at most this");
  line.text("hgrm", options.hgrm, "A folder for HdrHistogram's percentile text, a file per row");
  line.text("series", options.series, "A file for arrivals and tasks in flight over time, as JSON");
  line.text("budget", options.budget, "Seconds; no row is started that would pass it");
  line.flag("check-theory", options.check_theory,
            "Compare pools of pure waits with the textbook (4 minutes)");
  line.flag("sweep", options.sweep, "A row with more workers than the machine gives is marked, not an error");
  line.flag("list", options.list, "Print the names of the rows, run nothing");
  add_drive_options(line, options.drive);
}

// Throws std::invalid_argument, before anything runs, for arrivals that cannot be made.
void refuse_impossible(const OpenRow& row) {
  try {
    make_arrivals(row);
  } catch (const std::bad_alloc&) {
    // A limit of the machine and no mistake: met again, and told, when it is the row's turn.
  }
}

// The rows named, or the product of the lists with the rates; "null" is a workload here too.
std::vector<OpenRow> make_open_rows(const Options& options) {
  options.rows.check();
  std::vector<OpenRow> rows;
  for (const std::string& name : options.rows.rows) rows.push_back(parse_open_row(name));
  if (rows.empty()) {
    auto rates = options.rates;
    if (rates.empty()) rates = {"1000"};
    // A search starts from one rate and finds the others.
    if (options.rates.empty() && options.slo.empty()) rates.emplace_back("4000");
    for (const Row& row : options.rows.product()) {
      for (const std::string& rate : rates) {
        OpenRow open;
        open.row = row;
        set_open_parameter(open, "rate", rate);
        rows.push_back(open);
      }
    }
  } else if (!options.rates.empty()) {
    throw std::invalid_argument("--row names a row whole; leave out --rates");
  }
  for (OpenRow& row : rows) {
    for (const auto& [name, value] : options.rows.parameters) set_open_parameter(row, name, value);
    row.row.cores = static_cast<int>(measure::allowed_cpus().size());
    check_open_row(row);
    if (row.trace.empty() && row.fraction == 0) refuse_impossible(row);
  }
  read_traces(rows);
  return rows;
}

// What a process writes beside Google Benchmark's rows.
class SideFiles {
 public:
  explicit SideFiles(const Options& options) : hgrm_(options.hgrm), series_(options.series) {
    if (!hgrm_.empty() && !std::filesystem::is_directory(hgrm_))
      throw std::invalid_argument("--hgrm is '" + hgrm_ + "'; give a folder that exists");
    if (!series_.empty()) require_writable(series_);
  }
  void add(const OpenRow& row, const OpenFigures& figures) {
    if (!hgrm_.empty()) write_row_hgrm(hgrm_, row, figures);
    if (!series_.empty()) list_.push_back(time_series(row, figures));
  }
  void finish() const {
    if (series_.empty()) return;
    std::ofstream file(series_);
    file << to_text({{"rows", list_}}) << '\n' << std::flush;
    if (!file) throw std::runtime_error("cannot write '" + series_ + "' whole; is the disk full?");
  }

 private:
  std::string hgrm_;
  std::string series_;
  nlohmann::json list_ = nlohmann::json::array();
};

// What a driven process has no use for would go unnoticed otherwise.
void check_drive_options(const Options& options) {
  options.drive.check();
  if (!options.drive.drive) return;
  if (!options.slo.empty() || options.check_theory)
    throw std::invalid_argument("--drive runs a row as it is told; leave out --slo and --check-theory");
  if (!options.hgrm.empty() || !options.series.empty() || !options.budget.empty())
    throw std::invalid_argument("--drive only answers; leave out --hgrm, --series and --budget");
}

// What a search has no use for would go unnoticed otherwise.
void check_capacity_options(const std::vector<OpenRow>& rows, const Options& options) {
  if (options.rates.size() > 1)
    throw std::invalid_argument("--slo searches from one rate; give one to --rates");
  if (!options.hgrm.empty() || !options.series.empty())
    throw std::invalid_argument("--slo reports a rate, not a run; leave out --hgrm and --series");
  for (const OpenRow& row : rows)
    if (!row.trace.empty() || row.fraction > 0)
      throw std::invalid_argument("--slo sets the rate itself; leave out --trace and --fraction");
}

OpenRow with_rate(OpenRow row) {
  if (row.fraction > 0) row.schedule.rate = row.fraction * closed_throughput(row);
  return row;
}

// Runs `body` for the row within the budget; a limit of the machine is a row of its own in a sweep.
template <class Body>
void run_guarded(benchmark::State& state, const std::string& name, const Options& options,
                 const Budget& budget, double seconds, const Body& body) {
  for ([[maybe_unused]] auto iteration : state) {
    if (!budget.allows(seconds)) return state.SkipWithError("not run: it would pass --budget");
    try {
      backend::within_limits(name, body);
    } catch (const backend::LimitReached&) {
      if (!options.sweep) throw;
      state.SetIterationTime(1e-9);
      state.counters["limit_reached"] = 1;
    }
  }
}

int run_rows(const std::vector<OpenRow>& rows, const Options& options, GoogleBenchmarkArguments& google) {
  const Budget budget(options.budget);
  SideFiles files(options);
  const measure::Floor floor = measure::measure_floor();
  for (const OpenRow& named : rows) {
    google.register_row(named.name(), [&, named](benchmark::State& state) {
      run_guarded(state, named.name(), options, budget, named.schedule.duration + 0.2, [&] {
        const OpenRow row = with_rate(named);
        const OpenFigures figures = measure_open_row(row, make_arrivals(row));
        state.SetIterationTime(static_cast<double>(figures.run_ns) * 1e-9);
        set_open_counters(state, row, figures, floor);
        files.add(row, figures);
      });
    });
  }
  const int code = google.run(measure::read_context());
  // After the run: a mistake that shows only there is to be the one line on stderr.
  std::cerr << floor_line(floor) << std::endl;
  files.finish();
  return code;
}

int run_capacity(const std::vector<OpenRow>& rows, const Options& options, GoogleBenchmarkArguments& google) {
  check_capacity_options(rows, options);
  const Budget budget(options.budget);
  const Slo slo = parse_slo(options.slo);
  const double resolution = parse_positive("resolution", options.resolution);
  if (resolution <= 1)
    throw std::invalid_argument("resolution is '" + options.resolution + "'; give a number above 1");
  for (const OpenRow& named : rows) {
    google.register_row(
        "capacity/" + named.shop_name() + "/slo:" + options.slo, [&, named](benchmark::State& state) {
          run_guarded(state, named.name(), options, budget, 10 * named.schedule.duration, [&] {
            set_capacity_counters(state, named, slo, search_capacity(named, slo, resolution));
          });
        });
  }
  return google.run(measure::read_context());
}

int run_theory(GoogleBenchmarkArguments& google) {
  std::vector<TheoryResult> results;
  const int cores = static_cast<int>(measure::allowed_cpus().size());
  for (const TheoryCase& which : theory_cases()) {
    const std::string name = "theory/threads/cores:" + std::to_string(cores) +
                             "/workers:" + std::to_string(which.workers) +
                             "/rho:" + workload::parameter_text(which.rho);
    google.register_row(name, [&results, which](benchmark::State& state) {
      for ([[maybe_unused]] auto iteration : state) {
        const double seconds = theory_seconds(which);
        results.push_back(check_theory(which, seconds));
        state.SetIterationTime(seconds);
        set_theory_counters(state, results.back());
      }
    });
  }
  google.run(measure::read_context());
  std::cout << '\n' << theory_table(results) << std::flush;
  const bool holds = std::ranges::all_of(
      results, [](const TheoryResult& each) { return each.recursion_holds() && each.erlang_holds(); });
  if (!holds) return exit_wrong_result;
  return std::ranges::all_of(results, &TheoryResult::precise_enough) ? exit_fine : exit_inconclusive;
}

int run(int argc, char** argv) {
  CommandLine line("Open runs of the bookstore: how long customers wait who arrive when they please.",
                   "bench_latency");
  Options options;
  declare(line, options);
  GoogleBenchmarkArguments google(argv[0]);
  if (const auto stop = parse(line, argc, argv, google)) return *stop;
  check_drive_options(options);
  measure::start_under_mask(wanted_cores(options.rows.cores, options.rows.rows), argv);
  if (options.check_theory) return run_theory(google);
  const std::vector<OpenRow> rows = make_open_rows(options);
  if (options.list) {
    for (const OpenRow& row : rows) std::cout << row.name() << '\n';
    return exit_fine;
  }
  if (options.drive.drive) return drive_open(rows, options.drive);
  expect_pools_of(rows);
  return options.slo.empty() ? run_rows(rows, options, google) : run_capacity(rows, options, google);
}

}  // namespace
}  // namespace bookstore

int main(int argc, char** argv) {
  return bookstore::guarded_main<bookstore::workload::WrongResult>(
      "bench_latency", [&] { return bookstore::run(argc, argv); });
}
