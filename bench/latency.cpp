// bench_latency: the bookstore under arrivals that keep their own times; how long customers wait, and how
// many a way of working can take.

#include <iostream>
#include <stdexcept>

#include "bench/measure/machine/mask.hpp"
#include "bench/measure/probes/floor.hpp"
#include "bench/open/drive.hpp"
#include "bench/open/report.hpp"
#include "bench/open/side_files.hpp"
#include "bench/open/slo.hpp"
#include "bench/open/theory_report.hpp"
#include "bench/rows/describe.hpp"
#include "bench/rows/measured_row.hpp"
#include "bench/rows/open_options.hpp"
#include "bench/rows/parts.hpp"
#include "bench/service/serve.hpp"
#include "bench/shell/exit_code.hpp"
#include "bench/shell/google_benchmark.hpp"
#include "bench/shell/modes.hpp"
#include "bench/shell/numbers.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore {
namespace {

struct Options {
  OpenRowOptions rows;
  ProcessOptions process;
  DriveOptions drive;
  std::string slo;
  std::string resolution = "1.1";
  std::string hgrm;
  std::string series;
  bool check_theory = false;
};

void declare(CommandLine& line, Options& options) {
  add_open_row_options(line, options.rows);
  add_process_options(line, options.process);
  line.text("slo", options.slo,
            "Search the highest rate that holds a limit: delay_p99=1ms, p99=5ms, rent_p99=5ms");
  line.text("resolution", options.resolution, "Ends the search when failing / passing rate is at most this");
  line.text("hgrm", options.hgrm, "A folder for HdrHistogram's percentile text, a file per row");
  line.text("series", options.series, "A file for arrivals and tasks in flight over time, as JSON");
  line.flag("check-theory", options.check_theory,
            "Compare pools of pure waits with the textbook (4 minutes)");
  add_drive_options(line, options.drive);
}

const std::vector<Mode> modes{
    {"list", "runs nothing", {row_options}},
    {"drive", "only answers", {row_options, "plant-slowdown"}},
    {"check-theory", "runs rows of its own", {"cores", "patience", google_options}},
    {"slo",
     "reports a rate, not a run",
     {row_options, "resolution", "budget", "patience", "sweep", google_options}},
    {"", "", {row_options, "hgrm", "series", "budget", "patience", "sweep", google_options}},
};

int measure_rows(const std::vector<OpenRow>& rows, const Options& options, GoogleBenchmarkArguments& google) {
  RowRunner runner(options.process, google);
  SideFiles files(options.hgrm, options.series, rows);
  const measure::Floor floor = measure::measure_floor();
  for (const OpenRow& row : rows) runner.add(open_row(row, floor, files));
  const int code = google.run(context_of_results());
  // After the run: a mistake that shows only there is to be the one line on stderr.
  std::cerr << floor_line(floor) << std::endl;
  files.finish();
  return code;
}

int search_rates(const std::vector<OpenRow>& rows, const Options& options, GoogleBenchmarkArguments& google) {
  if (options.rows.rates.size() > 1)
    throw std::invalid_argument("--slo searches from one rate; give one to --rates");
  for (const OpenRow& row : rows)
    if (!row.trace.empty() || row.fraction > 0)
      throw std::invalid_argument("--slo sets the rate itself; leave out --trace and --fraction");
  const Slo slo = parse_slo(options.slo);
  const double resolution = parse_positive("resolution", options.resolution);
  if (resolution <= 1)
    throw std::invalid_argument("resolution is '" + options.resolution + "'; give a number above 1");
  for (const OpenRow& row : rows) check_slo(slo, row);
  RowRunner runner(options.process, google);
  for (const OpenRow& row : rows) runner.add(capacity_row(row, slo, resolution, runner.budget()));
  return google.run(context_of_results());
}

int run(int argc, char** argv) {
  CommandLine line("Open runs of the bookstore: how long customers wait who arrive when they please.",
                   "bench_latency");
  Options options;
  declare(line, options);
  GoogleBenchmarkArguments google(argv[0]);
  if (const auto stop = parse(line, argc, argv, google, modes)) return *stop;
  measure::start_under_mask(wanted_cores(options.rows.cores, options.rows.rows, options.rows.backends),
                            parse_rotation(options.rows.rotate), argv);
  if (options.check_theory)
    return run_theory(google, context_of_results(), Patience(options.process.patience));
  const std::vector<OpenRow> rows = make_open_rows(options.rows, !options.slo.empty());
  if (options.process.list) return list_rows(rows);
  if (options.drive.drive) return drive_open(rows, options.drive);
  expect_pools_of(rows);
  return options.slo.empty() ? measure_rows(rows, options, google) : search_rates(rows, options, google);
}

}  // namespace
}  // namespace bookstore

int main(int argc, char** argv) {
  if (const auto served = bookstore::service::serve_if_asked(argc, argv)) return *served;
  return bookstore::guarded_main<bookstore::workload::WrongResult>(
      "bench_latency", [&] { return bookstore::run(argc, argv); });
}
