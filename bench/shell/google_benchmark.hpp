// What every benchmark binary does with Google Benchmark: its flags, its context, its run.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/shell/command_line.hpp"
#include "bench/shell/modes.hpp"

namespace benchmark {
class State;
}
namespace bookstore {

// The arguments that are Google Benchmark's, to be handed on.
class GoogleBenchmarkArguments {
 public:
  explicit GoogleBenchmarkArguments(std::string program) : arguments_{std::move(program)} {}
  GoogleBenchmarkArguments(const GoogleBenchmarkArguments&) = delete;
  GoogleBenchmarkArguments& operator=(const GoogleBenchmarkArguments&) = delete;

  // Throws std::invalid_argument for what is neither Google Benchmark's nor ours, and for values that it
  // would not refuse itself with a usable exit code.
  void take(const std::vector<std::string>& rest);

  // A row of one iteration, which `body` times itself. What it throws marks the row with an error, keeps
  // later rows from being started, and is thrown again by run().
  void register_row(const std::string& name, const std::function<void(benchmark::State&)>& body);

  // Runs the registered rows, with these keys and values in the context, and then rethrows the first failure
  // of one: files are whole by then and hold what was measured before it. Nothing is written to stderr.
  // Throws std::invalid_argument, before any file is made, when no row matches the filter.
  int run(const std::vector<std::pair<std::string, std::string>>& context);

 private:
  // What a flag of Google Benchmark is set to: on the command line or, as it allows too, in the environment.
  std::optional<std::string> flag(const std::string& name) const;
  bool any_row_matches() const;

  std::vector<std::string> arguments_;
  std::vector<std::string> names_;  // of the registered rows, as Google Benchmark prints them
  std::exception_ptr failure_;
};

// Parses our options, keeps the rest for Google Benchmark, and refuses what the mode that is asked for would
// ignore. A value says that the process is to end with it (--help). Throws std::invalid_argument.
std::optional<int> parse(CommandLine& line, int argc, char** argv, GoogleBenchmarkArguments& google,
                         const std::vector<Mode>& modes);

}  // namespace bookstore
