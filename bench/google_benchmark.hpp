// What every benchmark binary does with Google Benchmark: its flags, its context, its run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace bookstore {

// The arguments that are Google Benchmark's, to be handed on.
class GoogleBenchmarkArguments {
 public:
  explicit GoogleBenchmarkArguments(std::string program) : arguments_{std::move(program)} {}

  // Throws std::invalid_argument for what is neither Google Benchmark's nor ours, and for values that it
  // would not refuse itself with a usable exit code.
  void take(const std::vector<std::string>& rest);

  // Runs the registered benchmarks with the environment in the context. Throws std::invalid_argument when no
  // row matches the filter.
  int run();

 private:
  std::vector<std::string> arguments_;
};

// Parses our options and keeps the rest for Google Benchmark. A value says that the process is to end with it
// (--help).
std::optional<int> parse(CLI::App& app, int argc, char** argv, GoogleBenchmarkArguments& google);

// The environment as context: measure::read_environment and the machine's name and cores.
std::vector<std::pair<std::string, std::string>> context_entries();

std::string hexadecimal(std::uint64_t value);

}  // namespace bookstore
