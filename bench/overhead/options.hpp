// The options that choose rows of bench_overhead, and the rows that they choose.
#pragma once

#include <string>
#include <vector>

#include "bench/overhead/row.hpp"
#include "bench/rows/options.hpp"
#include "bench/shell/command_line.hpp"

namespace bookstore::overhead {

struct ExperimentOptions : RowChoice {
  std::vector<std::string> experiments;
};

// Declares them on a parser; `options` must outlive the parsing.
void add_experiment_options(CommandLine& line, ExperimentOptions& options);

// The rows named, on as many cores as this process has, or the default rows of the lists. Throws
// std::invalid_argument.
std::vector<OverheadRow> make_rows(const ExperimentOptions& options);

}  // namespace bookstore::overhead
