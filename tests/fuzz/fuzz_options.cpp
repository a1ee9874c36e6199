// Command lines of all three binaries, an argument a line: the first byte chooses the binary. Nothing is run.
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/overhead/options.hpp"
#include "bench/rows/measured_row.hpp"
#include "bench/rows/open_options.hpp"
#include "bench/rows/options.hpp"
#include "bench/rows/parts.hpp"
#include "bench/shell/command_line.hpp"
#include "bench/shell/modes.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace bookstore;

const std::vector<Mode> modes{
    {"list", "runs nothing", {row_options}},
    {"", "", {row_options, "budget", "sweep"}},
};

// Declares the options, parses, and makes the rows.
template <class Options, class Add, class Make>
void make(std::vector<std::string> arguments, const Add& add, const Make& make_rows) {
  CommandLine line("Fuzzed.", "fuzz");
  Options options;
  ProcessOptions process;
  add(line, options);
  add_process_options(line, process);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  std::vector<std::string> rest;
  if (line.parse(static_cast<int>(pointers.size()), pointers.data(), rest) || !rest.empty()) return;
  choose_mode(modes, line.given());
  wanted_cores(options.cores, options.rows);
  const Budget budget(process.budget);
  for (const auto& row : make_rows(options)) fuzz::require(!row.name().empty(), "every row has a name");
}

// A trace would be a file of this machine, and --help prints.
bool is_left_out(const std::string& argument) {
  return argument.find("trace") != std::string::npos || argument.starts_with("--h") ||
         argument.starts_with("-h");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::vector<std::string> arguments{"fuzz"};
  std::istringstream lines(std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  for (std::string argument; std::getline(lines, argument);) {
    if (is_left_out(argument)) return 0;
    arguments.push_back(argument.substr(0, argument.find('\0')));
  }
  fuzz::refused_or_taken([&] {
    if (data[0] % 3 == 0)
      make<RowOptions>(
          arguments,
          [](CommandLine& line, RowOptions& options) {
            add_row_options(line, options);
            add_speed_option(line, options);
          },
          make_rows);
    else if (data[0] % 3 == 1)
      make<OpenRowOptions>(arguments, add_open_row_options,
                           [](const OpenRowOptions& options) { return make_open_rows(options, false); });
    else
      make<overhead::ExperimentOptions>(arguments, overhead::add_experiment_options, overhead::make_rows);
  });
  return 0;
}
