#include "bench/shell/google_benchmark.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <regex>
#include <stdexcept>

#include "bench/shell/exit_code.hpp"

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
  if (path && !path->empty()) require_writable(*path);
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
    if (const auto filter = flag_value(argument, "benchmark_filter")) filter_ = *filter;
    arguments_.push_back(argument);
  }
  std::vector<char*> pointers;
  for (std::string& argument : arguments_) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  if (count > 1)
    throw std::invalid_argument("Google Benchmark takes no '" + std::string(pointers[1]) + "'; see --help");
}

void GoogleBenchmarkArguments::register_row(const std::string& name,
                                            const std::function<void(benchmark::State&)>& body) {
  const auto guarded = [this, body](benchmark::State& state) {
    if (failure_) return state.SkipWithError("not run: a row before it failed");
    try {
      body(state);
    } catch (const std::exception& error) {
      failure_ = std::current_exception();
      state.SkipWithError(error.what());
    }
  };
  benchmark::RegisterBenchmark(name.c_str(), guarded)
      ->Iterations(1)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
  names_.push_back(name + "/iterations:1/manual_time");
}

// Google Benchmark would open its files and print a line of its own first.
bool GoogleBenchmarkArguments::any_row_matches() const {
  if (filter_.empty() || filter_ == "all") return true;
  const bool wanted = !filter_.starts_with("-");
  const std::regex pattern(wanted ? filter_ : filter_.substr(1), std::regex::extended);
  return std::ranges::any_of(
      names_, [&](const std::string& name) { return std::regex_search(name, pattern) == wanted; });
}

int GoogleBenchmarkArguments::run(const std::vector<std::pair<std::string, std::string>>& context) {
  if (!any_row_matches())
    throw std::invalid_argument("no row matches --benchmark_filter; --list shows the rows");
  for (const auto& [key, value] : context) benchmark::AddCustomContext(key, value);
  const std::unique_ptr<benchmark::BenchmarkReporter> display(benchmark::CreateDefaultDisplayReporter());
  // The console's table begins with lines on the machine, by default on stderr: that is for mistakes.
  if (dynamic_cast<benchmark::ConsoleReporter*>(display.get()) != nullptr)
    display->SetErrorStream(&std::cout);
  benchmark::RunSpecifiedBenchmarks(display.get());
  benchmark::Shutdown();
  if (failure_) std::rethrow_exception(failure_);
  return exit_fine;
}

std::optional<int> parse(CommandLine& line, int argc, char** argv, GoogleBenchmarkArguments& google) {
  line.footer(
      "Google Benchmark's own flags are taken too: --benchmark_out=FILE, --benchmark_repetitions=N, ...\n"
      "Rows run one after the other in this process; intervals over processes are what scripts/run gives.");
  std::vector<std::string> rest;
  const auto stop = line.parse(argc, argv, rest);
  if (!stop) google.take(rest);
  return stop;
}

void require_writable(const std::string& path) {
  const bool existed = std::filesystem::exists(path);
  if (!std::ofstream(path, std::ios::app))
    throw std::invalid_argument("cannot write '" + path + "'; give a file in a folder that exists");
  if (!existed) std::filesystem::remove(path);
}

}  // namespace bookstore
