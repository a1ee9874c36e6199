// The options that choose rows, and the rows that they choose.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/rows/costs.hpp"
#include "bench/rows/row.hpp"
#include "bench/shell/command_line.hpp"

namespace bookstore {

// The group of all options that choose rows, for Mode::takes.
inline constexpr const char* row_options = "rows";

// What all kinds of rows are chosen by, as text: checked when the rows are made.
struct RowChoice {
  std::vector<std::string> rows;
  std::vector<std::string> backends;
  std::string cores;
  std::string rotate;
  std::string port;

  // Throws std::invalid_argument for a port that is none.
  void take_port() const;
};

struct RowOptions : RowChoice {
  std::vector<std::string> workloads;
  std::vector<std::string> workers;
  std::string costs;      // a file, for rows in virtual time; empty: nominal ones
  std::string cpu_speed;  // as Row::cpu_speed; empty: 1
  std::vector<std::pair<std::string, std::string>> parameters;  // name, value

  // Throws std::invalid_argument when rows are given both by name and by lists.
  void check() const;
  // The product of the lists, parameters left at their defaults; what is not listed is all there is. Without
  // workers a pool gets as many as there are cores, and on workloads that wait also 64.
  std::vector<Row> product() const;
};

// Declares them on a parser; `choice` must outlive the parsing.
void add_row_choice(CommandLine& line, RowChoice& choice);
// These and all others of RowOptions.
void add_row_options(CommandLine& line, RowOptions& options);
// --cpu-speed, for binaries that choose the sizes of plans.
void add_speed_option(CommandLine& line, RowOptions& options);
// One more option --<name> (with dashes) that goes to options.parameters.
void add_parameter_option(CommandLine& line, RowOptions& options, const std::string& name,
                          const std::string& help);

// What the options ask of all rows in virtual time: their costs. Throws std::invalid_argument for a file that
// no row would look at.
template <class Rows, class RowOf>
void give_costs(const RowOptions& options, Rows& rows, const RowOf& row_of) {
  if (options.costs.empty()) return;
  const auto costs = read_costs(options.costs);
  bool any = false;
  for (auto& each : rows) {
    if (!row_of(each).is_virtual()) continue;
    row_of(each).costs = costs;
    any = true;
  }
  if (!any) throw std::invalid_argument("--costs is for simulated, and no row is of it; leave it out");
}

// The rows asked for, named or by product(), with parameters applied and sizes chosen. Throws
// std::invalid_argument.
std::vector<Row> make_rows(const RowOptions& options);

}  // namespace bookstore
