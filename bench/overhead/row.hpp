// A row of bench_overhead: one experiment with one contender and its parameters, and its name.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bookstore::overhead {

// <experiment>/<backend>/cores:<p>/workers:<n>[/<param>:<value>...]. A parameter at its default is left out
// of the name.
struct OverheadRow {
  std::string experiment;
  std::string backend;
  int cores = 0;  // 0: all that the process may use
  int workers = 1;
  std::map<std::string, double> params;  // every parameter of the experiment

  std::string name() const;
  // Precondition: the experiment has it.
  double param(const std::string& param) const { return params.at(param); }
};

// Reads a row's name and checks it. Throws std::invalid_argument with one line that says what is wrong and
// what to give instead.
OverheadRow parse_overhead_row(std::string_view name);

// Sets cores, workers or a parameter. Throws std::invalid_argument.
void set_param(OverheadRow& row, std::string_view name, std::string_view value);

// Throws std::invalid_argument for what does not go together: unknown experiment or contender, more than one
// worker for one that is single-threaded.
void check_overhead_row(const OverheadRow& row);

// The rows that a process without --row runs: of these experiments and contenders (empty: all), with as many
// workers as cores. Throws std::invalid_argument for an unknown name.
std::vector<OverheadRow> default_rows(int cores, const std::vector<std::string>& experiments,
                                      const std::vector<std::string>& backends);

// To be called before the first pool of a process is made, with all its rows (backend::expect_pools).
void expect_pools_of(const std::vector<OverheadRow>& rows);

}  // namespace bookstore::overhead
