#include "bench/overhead/options.hpp"

#include <stdexcept>

#include "bench/measure/machine/affinity.hpp"

namespace bookstore::overhead {

void add_experiment_options(CommandLine& line, ExperimentOptions& options) {
  add_row_choice(line, options);
  line.group(row_options);
  line.list("experiments", options.experiments, "Experiments, separated by commas");
  line.group("");
}

std::vector<OverheadRow> make_rows(const ExperimentOptions& options) {
  options.take_port();
  const auto cores = static_cast<int>(measure::allowed_cpus().size());
  if (options.rows.empty()) return default_rows(cores, options.experiments, options.backends);
  if (!(options.experiments.empty() && options.backends.empty()))
    throw std::invalid_argument("--row names a row whole; leave out --experiments and --backends");
  std::vector<OverheadRow> rows;
  for (const std::string& name : options.rows) {
    rows.push_back(parse_overhead_row(name));
    rows.back().cores = cores;
  }
  return rows;
}

}  // namespace bookstore::overhead
