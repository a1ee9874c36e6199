// What every benchmark binary does with Google Benchmark: its flags, its context, its run.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace benchmark {
class State;
}
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

  // A row of one iteration, which `body` times itself.
  void register_row(const std::string& name, const std::function<void(benchmark::State&)>& body);

  // Runs the registered rows with the environment in the context. Throws std::invalid_argument, before any
  // file is made, when none matches the filter.
  int run();

 private:
  bool any_row_matches() const;

  std::vector<std::string> arguments_;
  std::vector<std::string> names_;  // of the registered rows, as Google Benchmark prints them
  std::string filter_;
};

// Parses our options and keeps the rest for Google Benchmark. A value says that the process is to end with it
// (--help).
std::optional<int> parse(CLI::App& app, int argc, char** argv, GoogleBenchmarkArguments& google);

// The environment as context: measure::read_environment and the machine's name and cores.
std::vector<std::pair<std::string, std::string>> context_entries();

// Throws std::invalid_argument unless the file can be written. Leaves behind what was there before.
void require_writable(const std::string& path);

std::string hexadecimal(std::uint64_t value);

}  // namespace bookstore
