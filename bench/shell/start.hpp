// How every benchmark binary starts: its options, its affinity mask, its errors.
#pragma once

#include <chrono>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "bench/rows/row.hpp"
#include "bench/shell/command_line.hpp"

namespace bookstore {

// Exit codes of every binary and script.
inline constexpr int exit_fine = 0;
inline constexpr int exit_wrong_result = 1;
inline constexpr int exit_bad_input = 2;
inline constexpr int exit_inconclusive = 3;

// Runs `body` and turns what it throws into one line on stderr and an exit code: WrongResult into 1, all else
// into 2.
int guarded_main(const std::string& program, const std::function<int()>& body);

// Puts the process under a mask of `cores` CPUs (distinct physical cores first) by starting it anew, before
// any runtime has looked at the machine, with OMP_WAIT_POLICY=passive unless the user set it, and 1 ns of
// timer slack. Returns in the new process only. `cores` 0: all that are usable. Throws std::invalid_argument
// for more than there are.
void start_under_mask(int cores, char** argv);

// What was usable before the mask was put on.
int machine_cores();

// The options that choose rows, as text: checked when the rows are made.
struct RowOptions {
  std::vector<std::string> rows;
  std::vector<std::string> workloads;
  std::vector<std::string> backends;
  std::vector<std::string> workers;
  std::string cores;
  std::string cpu_speed;                                        // as Row::cpu_speed; empty: 1
  std::vector<std::pair<std::string, std::string>> parameters;  // name, value

  // The cores that --cores or the rows ask for; 0 when neither does. Throws std::invalid_argument when they
  // disagree.
  int wanted_cores() const;
  // Throws std::invalid_argument when rows are given both by name and by lists.
  void check() const;
  // The product of the lists, parameters left at their defaults; what is not listed is all there is. Without
  // workers a pool gets as many as there are cores, and on workloads that wait also 64.
  std::vector<Row> product() const;
};

// Declares them on a parser; `options` must outlive the parsing.
void add_row_options(CommandLine& line, RowOptions& options);
// One more option --<name> (with dashes) that goes to options.parameters.
void add_parameter_option(CommandLine& line, RowOptions& options, const std::string& name,
                          const std::string& help);

// The rows asked for, named or by product(), with parameters applied and sizes chosen. Throws
// std::invalid_argument.
std::vector<Row> make_rows(const RowOptions& options);

// Keeps to --budget: one for all rows of a process.
class Budget {
 public:
  // Seconds as text; empty: no budget. Throws std::invalid_argument.
  explicit Budget(const std::string& text);
  // Whether something that takes so many seconds still fits.
  bool allows(double seconds) const;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double seconds_ = std::numeric_limits<double>::infinity();
};

}  // namespace bookstore
