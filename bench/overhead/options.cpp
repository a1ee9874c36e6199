#include "bench/overhead/options.hpp"

#include <stdexcept>

#include "bench/measure/machine/affinity.hpp"

namespace bookstore::overhead {

void add_row_options(CommandLine& line, RowOptions& options) {
  line.group(row_options);
  line.texts("row", options.rows, "A row to run, by its name; may be given more than once");
  line.list("experiments", options.experiments, "Experiments, separated by commas");
  line.list("backends", options.backends, "Backends, separated by commas");
  line.text("cores", options.cores, "Cores: the affinity mask of the process");
  line.text("rotate", options.rotate,
            "On fewer cores than there are: which CPUs are taken; a number that changes from run to run");
  line.group("");
}

std::vector<OverheadRow> make_rows(const RowOptions& options) {
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
