// bench_throughput: closed runs of the bookstore; tasks per second, and what they cost.

#include <benchmark/benchmark.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>

#include "bench/closed/drive.hpp"
#include "bench/closed/measured_run.hpp"
#include "bench/closed/timeline.hpp"
#include "bench/measure/machine/environment.hpp"
#include "bench/measure/machine/ideal.hpp"
#include "bench/measure/machine/mask.hpp"
#include "bench/rows/counters.hpp"
#include "bench/rows/options.hpp"
#include "bench/rows/parts.hpp"
#include "bench/seam/limits.hpp"
#include "bench/shell/budget.hpp"
#include "bench/shell/exit_code.hpp"
#include "bench/shell/google_benchmark.hpp"
#include "bench/shell/json_text.hpp"
#include "bench/shell/numbers.hpp"
#include "workloads/bookstore/audit.hpp"

namespace bookstore {
namespace {

struct Options {
  RowOptions rows;
  DriveOptions drive;
  std::string timeline;
  std::string budget;
  std::string known_file;
  std::map<std::string, std::uint64_t> known;  // by the plan's name
  bool ideal = false;
  bool memory = false;
  bool sweep = false;
  bool describe = false;
  bool list = false;
};

void declare(CommandLine& line, Options& options) {
  add_row_options(line, options.rows);
  line.text("cpu-speed", options.rows.cpu_speed,
            "How fast this CPU is, as a multiple of the one that default sizes are made for (default 1)");
  line.flag("ideal", options.ideal, "Measure what these cores are worth at best: processes, no runtime");
  line.flag("memory", options.memory, "Measure the peak memory of one row, alone in this process");
  line.text("timeline", options.timeline, "Run each row once with a recorder and write its steps to a file");
  line.text("budget", options.budget, "Seconds; no row is started that would pass it");
  line.text("expect-digest", options.drive.expect_digest,
            "The digest (hexadecimal) that every row must end in");
  line.text(
      "known", options.known_file,
      "A JSON object of digests by row name, from runs that found them directly: rows of the same plans do "
      "not find them again");
  line.flag("sweep", options.sweep, "A row with more workers than the machine gives is marked, not an error");
  line.flag("describe", options.describe, "Print machine, build, backends and workloads as JSON");
  line.flag("list", options.list, "Print the names of the rows, run nothing");
  add_drive_options(line, options.drive);
  add_counting_options(line, options.drive);
}

void set_figure_counters(benchmark::State& state, const Row& row, const RunFigures& figures, bool memory) {
  const double tasks = row.parameters.tasks;
  const auto us_per_task = [&](std::int64_t ns) { return static_cast<double>(ns) / tasks / 1000; };
  const auto& mix = workload::find_mix(row.workload);
  const Wait longest = workload::longest_wait(mix, row.parameters);
  auto& counters = state.counters;
  counters["tasks_per_second"] = tasks * 1e9 / static_cast<double>(figures.run_ns);
  counters["time_per_task_us"] = us_per_task(figures.run_ns);
  counters["cpu_us_per_task"] = us_per_task(figures.cost.cpu_ns);
  if (figures.work_ns > 0) counters["work_us_per_task"] = us_per_task(figures.work_ns);
  counters["voluntary_switches"] = static_cast<double>(figures.cost.voluntary_switches);
  counters["involuntary_switches"] = static_cast<double>(figures.cost.involuntary_switches);
  counters["effective_cores"] = figures.effective_cores;
  counters["effective_workers"] = figures.effective_workers;
  set_disturbance_counters(state, figures.cost);
  counters["digest_ok"] = 1;  // a run that is not ends the process
  counters["longest_wait_ms"] = static_cast<double>(longest) / 1e6;
  counters["too_short"] = too_short(figures, longest) ? 1 : 0;
  counters["limit_reached"] = 0;
  if (mix.opens_and_closes) {
    counters["open_us"] = static_cast<double>(figures.open_ns) / 1e3;
    counters["close_us"] = static_cast<double>(figures.close_ns) / 1e3;
  }
  if (memory) counters["peak_memory_bytes"] = static_cast<double>(figures.peak_memory_bytes);
}

void run_row(benchmark::State& state, const Row& row, const Options& options, const Budget& budget) {
  for ([[maybe_unused]] auto iteration : state) {
    // Setting up and the direct run cost about as much again as the run itself.
    if (!budget.allows(2 * nominal_seconds(row)))
      return state.SkipWithError("not run: it would pass --budget");
    set_parameter_counters(state, row);
    try {
      const auto known = options.known.find(row.plan_name());
      const auto digest_known = known == options.known.end() ? std::nullopt : std::optional(known->second);
      const RunFigures figures =
          backend::within_limits(row.name(), [&] { return measure_row(row, options.memory, digest_known); });
      const std::string digest = hexadecimal(figures.digest);
      if (const std::string& expected = options.drive.expect_digest; !expected.empty() && digest != expected)
        throw workload::WrongResult(row.name() + ": the digest is " + digest + ", not " + expected);
      state.SetIterationTime(static_cast<double>(figures.run_ns) * 1e-9);
      state.SetLabel("digest " + digest);
      set_figure_counters(state, row, figures, options.memory);
    } catch (const backend::LimitReached&) {
      if (!options.sweep) throw;
      state.SetIterationTime(1e-9);
      state.counters["limit_reached"] = 1;
    }
  }
}

std::map<std::string, std::uint64_t> read_known(const std::string& path) {
  std::map<std::string, std::uint64_t> known;
  std::ifstream file(path);
  const auto document = parse_json({std::istreambuf_iterator<char>(file), {}});
  const auto refuse = [&path] {
    throw std::invalid_argument("known is '" + path + "'; give a JSON object of digests by row name");
  };
  if (!document.is_object()) refuse();
  for (const auto& [name, digest] : document.items()) {
    if (!digest.is_string()) refuse();
    const auto& text = digest.get_ref<const std::string&>();
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc{} || end != text.data() + text.size()) refuse();
    const Row row = parse_row(name);
    if (const auto [at, fresh] = known.emplace(row.plan_name(), value); !fresh && at->second != value)
      throw workload::WrongResult(path + " has two digests for " + row.plan_name());
  }
  return known;
}

void register_rows(const std::vector<Row>& rows, const Options& options, const Budget& budget,
                   GoogleBenchmarkArguments& google) {
  for (const Row& row : rows)
    google.register_row(row.name(), [row, &options, &budget](benchmark::State& state) {
      run_row(state, row, options, budget);
    });
}

// The loop of the machine's ideal: shelving, done directly in each process on a shop of its own.
std::function<void()> prepare_ideal_loop() {
  struct Own {
    explicit Own(const workload::Parameters& parameters)
        : plan(workload::find_mix("shelving"), parameters), shop(plan) {}
    workload::Plan plan;
    workload::Shop<workload::NoLocks> shop;
  };
  workload::Parameters parameters;
  parameters.tasks = 4000;
  auto own = std::make_shared<Own>(parameters);
  workload::Shop<workload::NoLocks> warm_up(own->plan);
  warm_up.open();
  workload::do_directly(warm_up);
  own->shop.open();
  return [own] { workload::do_directly(own->shop); };
}

void register_ideal(int cores, GoogleBenchmarkArguments& google) {
  const std::string name =
      "ideal/processes/cores:" + std::to_string(cores) + "/workers:" + std::to_string(cores);
  google.register_row(name, [cores](benchmark::State& state) {
    constexpr int rounds = 3;
    for ([[maybe_unused]] auto iteration : state) {
      const auto start = std::chrono::steady_clock::now();
      state.counters["ideal_speedup"] =
          measure::ideal_speedup(measure::allowed_cpus(), prepare_ideal_loop, rounds);
      state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
      state.counters["cores"] = cores;
      state.counters["workers"] = cores;
    }
  });
}

nlohmann::json describe() {
  nlohmann::json backends = nlohmann::json::array();
  for (const auto& traits : backend::Registry::traits)
    backends.push_back({{"name", traits.name},
                        {"waits", traits.waits == backend::Waits::blocking ? "blocking" : "overlapped"},
                        {"max_workers", traits.single_threaded ? 1 : backend::thread_limit()}});
  nlohmann::json workloads = nlohmann::json::array();
  for (const auto& mix : workload::mix_table())
    workloads.push_back({{"name", mix.name},
                         {"isolates", mix.isolates},
                         {"waits", workload::nominal_cost(mix, {}).wait_ns > 0}});
  nlohmann::json missing = nlohmann::json::array();
  for (const std::string_view name : backend::left_out)
    if (!name.empty()) missing.push_back(name);
  nlohmann::json context;
  for (const auto& [key, value] : measure::read_context()) context[key] = value;
  return {{"cores", measure::machine_cores()},
          {"backends", backends},
          {"left_out", missing},
          {"workloads", workloads},
          {"cpu_speed", cpu_speed()},
          {"machine", measure::machine_name(measure::machine_cores())},
          {"context", context}};
}

int write_timeline(const std::vector<Row>& rows, const std::string& path) {
  require_writable(path);
  auto list = nlohmann::json::array();
  for (const Row& row : rows) list.push_back(record_timeline(row));
  std::ofstream file(path);
  file << to_text({{"rows", list}}) << '\n' << std::flush;
  if (!file) throw std::runtime_error("cannot write '" + path + "' whole; is the disk full?");
  return exit_fine;
}

int run(int argc, char** argv) {
  CommandLine line("Closed runs of the bookstore: tasks per second, and what they cost.", "bench_throughput");
  Options options;
  declare(line, options);
  GoogleBenchmarkArguments google(argv[0]);
  if (const auto stop = parse(line, argc, argv, google)) return *stop;
  options.drive.check();
  // Counted in virtual time on one thread: a mask changes nothing, and a process started anew escapes
  // callgrind.
  if (options.drive.instructions.empty())
    measure::start_under_mask(wanted_cores(options.rows.cores, options.rows.rows), argv);
  if (options.describe) {
    std::cout << to_text(describe(), 2) << std::endl;
    return exit_fine;
  }
  const Budget budget(options.budget);
  std::vector<Row> rows;
  if (!options.ideal) rows = make_rows(options.rows);
  if (options.list) {
    for (const Row& row : rows) std::cout << row.name() << '\n';
    return exit_fine;
  }
  if (options.drive.drive && !options.known_file.empty())
    throw std::invalid_argument("--drive finds its digest itself; leave out --known");
  if (options.drive.drive) return drive(rows, options.drive);
  expect_pools_of(rows);
  if (!options.timeline.empty()) return write_timeline(rows, options.timeline);
  if (options.memory && rows.size() != 1)
    throw std::invalid_argument("--memory measures one row in a process of its own; " +
                                std::to_string(rows.size()) + " rows were chosen, name one with --row");
  if (!options.known_file.empty()) options.known = read_known(options.known_file);
  if (options.ideal)
    register_ideal(static_cast<int>(measure::allowed_cpus().size()), google);
  else
    register_rows(rows, options, budget, google);
  return google.run(measure::read_context());
}

}  // namespace
}  // namespace bookstore

int main(int argc, char** argv) {
  return bookstore::guarded_main<bookstore::workload::WrongResult>(
      "bench_throughput", [&] { return bookstore::run(argc, argv); });
}
