// The options that choose rows of bench_overhead, and the rows that they choose.
#pragma once

#include <string>
#include <vector>

#include "bench/overhead/row.hpp"
#include "bench/shell/command_line.hpp"

namespace bookstore::overhead {

// The group of all options that choose rows, for Mode::takes.
inline constexpr const char* row_options = "rows";

struct RowOptions {
  std::vector<std::string> rows;
  std::vector<std::string> experiments;
  std::vector<std::string> backends;
  std::string cores;
  std::string rotate;
};

// Declares them on a parser; `options` must outlive the parsing.
void add_row_options(CommandLine& line, RowOptions& options);

// The rows named, on as many cores as this process has, or the default rows of the lists. Throws
// std::invalid_argument.
std::vector<OverheadRow> make_rows(const RowOptions& options);

}  // namespace bookstore::overhead
