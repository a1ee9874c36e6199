// What bench_overhead measures: one experiment per question, each in a file pair of its own, and the table
// that knows them all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/measure/probes/cost.hpp"
#include "bench/overhead/row.hpp"

namespace bookstore::overhead {

// A number that a row may set. With `choices` or `names`, only these.
struct Param {
  std::string name;
  double standard;
  double minimum;
  double maximum;
  bool whole = true;
  std::vector<double> choices = {};
  // What its values, 0 and on, are called in a row's name; empty: by their numbers.
  std::vector<std::string> names = {};
};

// Who can be measured: a backend of the registry, or what an experiment sets beside it. One that was left out
// of this build keeps its name, for the message.
struct Contender {
  std::string name;
  bool single_threaded = false;
  bool left_out = false;
};

// What a run gives back: the row's time, its counters by name, and what its timed span cost; by default the
// frame takes the whole run for that. It adds cores, workers, the params, limit_reached and the disturbances.
struct Figures {
  double seconds = 0;
  std::map<std::string, double> counters;
  std::optional<measure::Cost> cost = std::nullopt;
};

// A row set up to be run again and again, by --drive.
struct TimedRuns {
  std::uint64_t digest = 0;  // what every run must come to, done directly
  std::uint32_t tasks = 0;   // of a run
  // One run, proved; the nanoseconds of its timed span. Throws WrongResult.
  std::function<std::int64_t()> run;
};

struct Experiment {
  std::string name;
  std::string measures;  // one line
  std::vector<Param> params;
  std::vector<Contender> contenders;
  // What a contender's default rows set, as in a row's name ("work_ns:1000/chunk:8"); a row each. Empty text:
  // nothing.
  std::function<std::vector<std::string>(const Contender&)> default_params;
  // Seconds that a row takes, roughly: what --budget goes by.
  std::function<double(const OverheadRow&)> seconds;
  // Bytes that a row takes at the least; more than there are is a limit met, before the system ends the
  // process. May be left out where a row takes little.
  std::function<double(const OverheadRow&)> bytes = {};
  // One run of a row, which was checked. Throws backend::LimitReached when the machine refuses what the row
  // asks for, workload::WrongResult when the result is wrong.
  std::function<Figures(const OverheadRow&)> run;
  // Throws std::invalid_argument for parameters that do not go together. May be left out.
  std::function<void(const OverheadRow&)> check = {};
  // Sets the row up to be driven, alike in every process. Throws std::invalid_argument for parameters that
  // forbid it. Left out where a row is more than runs of tasks.
  std::function<TimedRuns(const OverheadRow&)> drive = {};
};

// All experiments. A new one is a file pair, a row here and a line in bench/CMakeLists.txt.
const std::vector<Experiment>& experiment_table();

// Throws std::invalid_argument, naming the known ones.
const Experiment& find_experiment(std::string_view name);

// Throws std::invalid_argument, naming the known ones, or saying that it was left out of this build.
const Contender& find_contender(const Experiment& experiment, std::string_view name);

// The backends of the registry, those that were left out of this build too.
std::vector<Contender> all_backends();

}  // namespace bookstore::overhead
