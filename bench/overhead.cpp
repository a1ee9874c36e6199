// bench_overhead: what a task, a hand-over and a wait cost beside the work.

#include <iostream>

#include "bench/measure/machine/mask.hpp"
#include "bench/overhead/drive.hpp"
#include "bench/overhead/options.hpp"
#include "bench/overhead/report.hpp"
#include "bench/overhead/support/wait_policy.hpp"
#include "bench/rows/describe.hpp"
#include "bench/rows/measured_row.hpp"
#include "bench/rows/parts.hpp"
#include "bench/service/serve.hpp"
#include "bench/shell/exit_code.hpp"
#include "bench/shell/google_benchmark.hpp"
#include "bench/shell/json_text.hpp"
#include "bench/shell/modes.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore::overhead {
namespace {

struct Options {
  ExperimentOptions rows;
  ProcessOptions process;
  DriveOptions drive;
  bool describe = false;
};

void declare(CommandLine& line, Options& options) {
  add_experiment_options(line, options.rows);
  add_process_options(line, options.process);
  line.flag("describe", options.describe, "Print machine, build and experiments as JSON");
  add_drive_options(line, options.drive);
}

const std::vector<Mode> modes{
    {"describe", "prints what there is", {"cores"}},
    {"list", "runs nothing", {row_options}},
    {"drive", "only answers", {row_options, "plant-slowdown"}},
    {"", "", {row_options, "budget", "patience", "sweep", google_options}},
};

int run(int argc, char** argv) {
  CommandLine line("What a task, a hand-over and a wait cost beside the work.", "bench_overhead");
  Options options;
  declare(line, options);
  GoogleBenchmarkArguments google(argv[0]);
  if (const auto stop = parse(line, argc, argv, google, modes)) return *stop;
  set_wait_policy(options.rows.rows);
  measure::start_under_mask(wanted_cores(options.rows.cores, options.rows.rows),
                            parse_rotation(options.rows.rotate), argv);
  if (options.describe) {
    nlohmann::json description = describe_machine();
    description["experiments"] = describe_experiments();
    std::cout << to_text(description, 2) << std::endl;
    return exit_fine;
  }
  const std::vector<OverheadRow> rows = make_rows(options.rows);
  if (options.process.list) return list_rows(rows);
  if (options.drive.drive) return drive(rows, options.drive);
  expect_pools_of(rows);
  RowRunner runner(options.process, google);
  for (const OverheadRow& row : rows) runner.add(measured_row(row));
  return google.run(context_of_results());
}

}  // namespace
}  // namespace bookstore::overhead

int main(int argc, char** argv) {
  if (const auto served = bookstore::service::serve_if_asked(argc, argv)) return *served;
  return bookstore::guarded_main<bookstore::workload::WrongResult>(
      "bench_overhead", [&] { return bookstore::overhead::run(argc, argv); });
}
