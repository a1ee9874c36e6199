// bench_throughput: closed runs of the bookstore; tasks per second, and what they cost.

#include <iostream>

#include "bench/closed/drive.hpp"
#include "bench/closed/measured_run.hpp"
#include "bench/closed/report.hpp"
#include "bench/closed/timeline.hpp"
#include "bench/measure/machine/mask.hpp"
#include "bench/rows/describe.hpp"
#include "bench/rows/measured_row.hpp"
#include "bench/rows/options.hpp"
#include "bench/rows/parts.hpp"
#include "bench/service/serve.hpp"
#include "bench/shell/exit_code.hpp"
#include "bench/shell/google_benchmark.hpp"
#include "bench/shell/json_text.hpp"
#include "bench/shell/modes.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore {
namespace {

struct Options {
  RowOptions rows;
  ProcessOptions process;
  DriveOptions drive;
  std::string timeline;
  std::string known;
  std::string expect_digest;
  bool ideal = false;
  bool memory = false;
  bool describe = false;
};

void declare(CommandLine& line, Options& options) {
  add_row_options(line, options.rows);
  add_speed_option(line, options.rows);
  add_process_options(line, options.process);
  line.flag("ideal", options.ideal, "Measure what these cores are worth at best: processes, no runtime");
  line.flag("memory", options.memory, "Measure the peak memory of one row, alone in this process");
  line.text("timeline", options.timeline, "Run each row once with a recorder and write its steps to a file");
  line.text("expect-digest", options.expect_digest, "The digest (hexadecimal) that every row must end in");
  line.text(
      "known", options.known,
      "A JSON object of digests by row name, from runs that found them directly: rows of the same plans "
      "do not find them again");
  line.flag("describe", options.describe, "Print machine, build, backends and workloads as JSON");
  add_drive_options(line, options.drive);
  add_counting_options(line, options.drive);
}

const std::vector<Mode> modes{
    {"describe", "prints what there is", {"cores"}},
    {"list", "runs nothing", {row_options}},
    {"ideal", "runs no row", {"cores", "rotate", "budget", google_options}},
    {"drive", "only answers", {row_options, "expect-digest", "plant-slowdown", "instructions"}},
    {"timeline", "runs each row for its picture alone", {row_options, "patience"}},
    {"",
     "",
     {row_options, "budget", "patience", "sweep", "memory", "expect-digest", "known", google_options}},
};

int measure_rows(const std::vector<Row>& rows, const Options& options, GoogleBenchmarkArguments& google) {
  if (options.memory && rows.size() != 1)
    throw std::invalid_argument("--memory measures one row in a process of its own; " +
                                std::to_string(rows.size()) + " rows were chosen, name one with --row");
  ClosedOptions closed{
      .memory = options.memory, .expected = parse_expected(options.expect_digest), .known = {}};
  if (!options.known.empty()) closed.known = read_known_digests(options.known);
  RowRunner runner(options.process, google);
  if (options.ideal) runner.add(ideal_row());
  for (const Row& row : rows) runner.add(closed_row(row, closed));
  return google.run(context_of_results());
}

int run(int argc, char** argv) {
  CommandLine line("Closed runs of the bookstore: tasks per second, and what they cost.", "bench_throughput");
  Options options;
  declare(line, options);
  GoogleBenchmarkArguments google(argv[0]);
  if (const auto stop = parse(line, argc, argv, google, modes)) return *stop;
  // Counted in virtual time on one thread: a mask changes nothing, and a process started anew escapes
  // callgrind.
  if (options.drive.instructions.empty())
    measure::start_under_mask(wanted_cores(options.rows.cores, options.rows.rows, options.rows.backends),
                              parse_rotation(options.rows.rotate), argv);
  if (options.describe) {
    nlohmann::json description = describe_rows();
    description["cpu_speed"] = cpu_speed();
    std::cout << to_text(description, 2) << std::endl;
    return exit_fine;
  }
  const std::vector<Row> rows = options.ideal ? std::vector<Row>{} : make_rows(options.rows);
  if (options.process.list) return list_rows(rows);
  if (options.drive.drive) return drive(rows, options.drive, parse_expected(options.expect_digest));
  expect_pools_of(rows);
  if (!options.timeline.empty())
    return write_timelines(rows, options.timeline, Patience(options.process.patience));
  return measure_rows(rows, options, google);
}

}  // namespace
}  // namespace bookstore

int main(int argc, char** argv) {
  if (const auto served = bookstore::service::serve_if_asked(argc, argv)) return *served;
  return bookstore::guarded_main<bookstore::workload::WrongResult>(
      "bench_throughput", [&] { return bookstore::run(argc, argv); });
}
