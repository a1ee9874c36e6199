#include "bench/shell/google_benchmark.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <regex>
#include <stdexcept>

#include "bench/shell/exit_code.hpp"
#include "bench/shell/numbers.hpp"
#include "bench/shell/side_file.hpp"

namespace bookstore {

namespace {

void check_format(const std::string& name, const std::string& value) {
  if (value != "console" && value != "json" && value != "csv")
    throw std::invalid_argument(name + " is '" + value + "'; give console, json or csv");
}

void check_filter(const std::string& filter) {
  try {
    const std::regex pattern(filter.starts_with("-") ? filter.substr(1) : filter, std::regex::extended);
  } catch (const std::regex_error&) {
    throw std::invalid_argument("benchmark_filter is '" + filter + "', which is no regular expression");
  }
}

// Google Benchmark's own reporter, which also sees whether the stream took all of it.
template <class Reporter>
class Checked : public Reporter {
 public:
  template <class... Options>
  explicit Checked(bool& whole, Options... options) : Reporter(options...), whole_(whole) {}

  bool ReportContext(const benchmark::BenchmarkReporter::Context& context) override {
    whole_ = false;
    return Reporter::ReportContext(context);
  }
  void Finalize() override {
    Reporter::Finalize();
    whole_ = !this->GetOutputStream().flush().fail();
  }

 private:
  bool& whole_;
};

// What Google Benchmark would write a file of this format with. `whole` outlives it.
std::unique_ptr<benchmark::BenchmarkReporter> file_reporter(const std::string& format, bool& whole) {
  if (format == "console")
    return std::make_unique<Checked<benchmark::ConsoleReporter>>(whole, benchmark::ConsoleReporter::OO_None);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // by its makers, who still offer it
  if (format == "csv") return std::make_unique<Checked<benchmark::CSVReporter>>(whole);
#pragma GCC diagnostic pop
  return std::make_unique<Checked<benchmark::JSONReporter>>(whole);
}

}  // namespace

std::optional<std::string> GoogleBenchmarkArguments::flag(const std::string& name) const {
  const std::string prefix = "--" + name + "=";
  // The last one counts.
  for (auto argument = arguments_.rbegin(); argument != arguments_.rend(); ++argument)
    if (argument->starts_with(prefix)) return argument->substr(prefix.size());
  std::string variable = name;
  for (char& letter : variable) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  const char* const value = std::getenv(variable.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

void GoogleBenchmarkArguments::take(const std::vector<std::string>& rest) {
  for (const std::string& argument : rest) {
    if (!argument.starts_with("--benchmark_"))
      throw std::invalid_argument("unknown argument '" + argument + "'; see --help");
    arguments_.push_back(argument);
  }
  for (const char* name : {"benchmark_format", "benchmark_out_format"})
    if (const auto format = flag(name)) check_format(name, *format);
  if (const auto filter = flag("benchmark_filter")) check_filter(*filter);
  if (const auto path = flag("benchmark_out"); path && !path->empty()) require_writable(*path);
  // None at all would measure nothing and end well.
  if (const auto repetitions = flag("benchmark_repetitions"))
    parse_whole("benchmark_repetitions", *repetitions, 1, 1'000'000);
  std::vector<char*> pointers;
  // Google Benchmark keeps the pointer to the program's name.
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
  const std::string filter = flag("benchmark_filter").value_or("");
  if (filter.empty() || filter == "all") return true;
  const bool wanted = !filter.starts_with("-");
  const std::regex pattern(wanted ? filter : filter.substr(1), std::regex::extended);
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
  const std::string path = flag("benchmark_out").value_or("");
  bool whole = true;
  const auto file =
      path.empty() ? nullptr : file_reporter(flag("benchmark_out_format").value_or("json"), whole);
  benchmark::RunSpecifiedBenchmarks(display.get(), file.get());
  benchmark::Shutdown();
  if (failure_) std::rethrow_exception(failure_);
  if (!whole) throw std::runtime_error("cannot write '" + path + "' whole; is the disk full?");
  return exit_fine;
}

std::optional<int> parse(CommandLine& line, int argc, char** argv, GoogleBenchmarkArguments& google,
                         const std::vector<Mode>& modes) {
  line.footer(
      "Google Benchmark's own flags are taken too: --benchmark_out=FILE, --benchmark_repetitions=N, ...\n"
      "Rows run one after the other in this process; intervals over processes are what scripts/run gives.");
  std::vector<std::string> rest;
  if (const auto stop = line.parse(argc, argv, rest)) return stop;
  google.take(rest);
  std::vector<GivenOption> given = line.given();
  for (const std::string& argument : rest)
    given.push_back({argument.substr(2, argument.find('=') - 2), google_options});
  choose_mode(modes, given);
  return std::nullopt;
}

}  // namespace bookstore
