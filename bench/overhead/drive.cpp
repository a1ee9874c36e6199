#include "bench/overhead/drive.hpp"

#include <stdexcept>
#include <string>

#include "bench/overhead/experiment.hpp"
#include "bench/seam/run.hpp"
#include "bench/shell/exit_code.hpp"

namespace bookstore::overhead {

int drive(std::vector<OverheadRow> rows, const DriveOptions& options) {
  const OverheadRow& row = only_row(rows);
  const double planted = options.planted();
  const Experiment& experiment = find_experiment(row.experiment);
  if (!experiment.drive) {
    std::string driven;
    for (const Experiment& each : experiment_table())
      if (each.drive) driven += (driven.empty() ? "" : " or ") + each.name;
    throw std::invalid_argument("--drive repeats runs of tasks, which " + row.experiment +
                                " is not; give a row of " + driven);
  }
  const TimedRuns runs = experiment.drive(row);
  const auto run = [&] {
    const backend::SteadyClock clock;
    const std::int64_t start = clock.now();
    const std::int64_t ns = runs.run();
    if (planted == 0) return ns;
    const auto longer = static_cast<std::int64_t>(static_cast<double>(ns) * (1 + planted));
    while (clock.now() - start < longer) {
    }
    return longer;
  };
  time_batch(warm_up_ns, runs.tasks, run);
  serve({row.name(), runs.digest, runs.tasks, [&] { return time_batch(batch_ns, runs.tasks, run); }});
  return exit_fine;
}

}  // namespace bookstore::overhead
