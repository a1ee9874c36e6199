#include "bench/google_benchmark.hpp"

#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <regex>
#include <stdexcept>

#include "bench/measure/environment.hpp"
#include "bench/start.hpp"

namespace bookstore {

namespace {

// The value of --<name>=<value>, if `argument` is that.
std::optional<std::string> flag_value(const std::string& argument, const std::string& name) {
  const std::string prefix = "--" + name + "=";
  if (!argument.starts_with(prefix)) return std::nullopt;
  return argument.substr(prefix.size());
}

void check_format(const std::string& argument) {
  for (const char* name : {"benchmark_format", "benchmark_out_format"})
    if (const auto format = flag_value(argument, name))
      if (*format != "console" && *format != "json" && *format != "csv")
        throw std::invalid_argument(std::string(name) + " is '" + *format + "'; give console, json or csv");
}

void check_out(const std::string& argument) {
  const auto path = flag_value(argument, "benchmark_out");
  if (path && !path->empty() && !std::ofstream(*path, std::ios::app))
    throw std::invalid_argument("cannot write '" + *path + "'; give a file in a folder that exists");
}

void check_filter(const std::string& argument) {
  const auto filter = flag_value(argument, "benchmark_filter");
  if (!filter) return;
  try {
    const std::regex pattern(filter->starts_with("-") ? filter->substr(1) : *filter, std::regex::extended);
  } catch (const std::regex_error&) {
    throw std::invalid_argument("benchmark_filter is '" + *filter + "', which is no regular expression");
  }
}

}  // namespace

void GoogleBenchmarkArguments::take(const std::vector<std::string>& rest) {
  for (const std::string& argument : rest) {
    if (!argument.starts_with("--benchmark_"))
      throw std::invalid_argument("unknown argument '" + argument + "'; see --help");
    check_format(argument);
    check_out(argument);
    check_filter(argument);
    arguments_.push_back(argument);
  }
  std::vector<char*> pointers;
  for (std::string& argument : arguments_) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  if (count > 1)
    throw std::invalid_argument("Google Benchmark takes no '" + std::string(pointers[1]) + "'; see --help");
}

int GoogleBenchmarkArguments::run() {
  for (const auto& [key, value] : context_entries()) benchmark::AddCustomContext(key, value);
  if (benchmark::RunSpecifiedBenchmarks() == 0)
    throw std::invalid_argument("no row matches --benchmark_filter; --list shows the rows");
  benchmark::Shutdown();
  return exit_fine;
}

std::optional<int> parse(CLI::App& app, int argc, char** argv, GoogleBenchmarkArguments& google) {
  app.allow_extras();
  app.footer(
      "Google Benchmark's own flags are taken too: --benchmark_out=FILE, --benchmark_repetitions=N, ...\n"
      "Rows run one after the other in this process; intervals over processes are what scripts/run gives.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    throw std::invalid_argument(std::string(error.what()) + "; see --help");
  }
  google.take(app.remaining());
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> context_entries() {
  auto entries = measure::read_environment();
  entries.emplace_back("machine", measure::machine_name(machine_cores()));
  entries.emplace_back("machine_cores", std::to_string(machine_cores()));
  return entries;
}

std::string hexadecimal(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

}  // namespace bookstore
