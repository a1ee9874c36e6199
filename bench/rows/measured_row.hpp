// How the rows of a process are run, whatever it is that they measure: each once, within a budget.
#pragma once

#include <chrono>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "bench/measure/probes/watchdog.hpp"
#include "bench/shell/budget.hpp"
#include "bench/shell/command_line.hpp"
#include "bench/shell/exit_code.hpp"
#include "bench/shell/google_benchmark.hpp"

namespace bookstore {

// What every binary is asked beside its rows.
struct ProcessOptions {
  std::string budget;    // seconds, as text; empty: none
  std::string patience;  // likewise; empty: what the row should take, many times over
  bool sweep = false;
  bool list = false;
};

// How long rows are waited for that do not end.
class Patience {
 public:
  // By the text of --patience; empty: what a row should take, many times over. Throws std::invalid_argument.
  explicit Patience(const std::string& text);

  // While it lives, the row of that name, which should take so many seconds, ends the process with
  // exit_wrong_result when the patience is over.
  measure::Watchdog watch(const std::string& row, double seconds) const;

 private:
  std::optional<double> seconds_;
};

// Declares --budget, --patience, --sweep and --list; `options` must outlive the parsing.
void add_process_options(CommandLine& line, ProcessOptions& options);

struct MeasuredRow {
  std::string name;
  // Roughly what it takes: what the budget goes by.
  double seconds = 0;
  // Sets the counters that the row has whatever comes of it.
  std::function<void(benchmark::State&)> set_parameters;
  // Measures once, and sets the figures and the iteration's time.
  std::function<void(benchmark::State&)> measure;
};

// Runs rows by the options. A row that would pass the budget is marked and not run. One that meets a limit of
// the machine is marked in a sweep (limit_reached), and else thrown as LimitReached. One that does not end
// ends the process with exit_wrong_result, saying which task and worker it hangs in. To outlive Google
// Benchmark's run.
class RowRunner {
 public:
  // Throws std::invalid_argument for a bad budget or patience. What others take of the CPUs counts from here
  // on.
  RowRunner(const ProcessOptions& options, GoogleBenchmarkArguments& google);

  void add(const MeasuredRow& row);
  const Budget& budget() const { return budget_; }

 private:
  void run(const MeasuredRow& row, benchmark::State& state) const;

  Budget budget_;
  Patience patience_;
  bool sweep_;
  GoogleBenchmarkArguments& google_;
};

// Prints the names, a line each; the value is the exit code.
template <class R>
int list_rows(const std::vector<R>& rows) {
  for (const R& row : rows) std::cout << row.name() << '\n';
  return exit_fine;
}

}  // namespace bookstore
