// The options that choose open rows, and the rows that they choose.
#pragma once

#include <string>
#include <vector>

#include "bench/rows/open_row.hpp"
#include "bench/rows/options.hpp"

namespace bookstore {

struct OpenRowOptions : RowOptions {
  std::vector<std::string> rates;  // arrivals per second, as text
};

// Declares them on a parser, those of closed rows too; `options` must outlive the parsing.
void add_open_row_options(CommandLine& line, OpenRowOptions& options);

// The rows named, or the product of the lists with the rates; "null" is a workload here too. Their traces are
// read, and no schedule is one that cannot be made. A `search` starts from one rate and finds the others.
// Throws std::invalid_argument.
std::vector<OpenRow> make_open_rows(const OpenRowOptions& options, bool search);

}  // namespace bookstore
