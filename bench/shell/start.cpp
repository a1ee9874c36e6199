#include "bench/shell/start.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <new>
#include <set>
#include <stdexcept>

#include "bench/backends/registry.hpp"
#include "bench/measure/machine/affinity.hpp"
#include "bench/rows/open_row.hpp"
#include "workloads/bookstore/audit.hpp"

namespace bookstore {

namespace {

// Set in the process that was started anew: "<usable cores before> <cores of the mask>".
constexpr const char* started_variable = "BOOKSTORE_STARTED";

struct Started {
  int machine_cores = 0;
  int mask_cores = 0;
};

Started read_started() {
  Started started;
  if (const char* text = std::getenv(started_variable); text != nullptr) {
    std::istringstream fields(text);
    fields >> started.machine_cores >> started.mask_cores;
  }
  return started;
}

// std::to_string of std::exception for one line: no line breaks.
std::string one_line(const std::string& text) {
  std::string line = text;
  for (char& letter : line)
    if (letter == '\n') letter = ' ';
  return line;
}

std::vector<int> default_workers(const Row& row) {
  if (backend::find_backend(row.backend).single_threaded) return {1};
  if (row.workload == null_workload) return {row.cores};
  constexpr int waiting_pool = 64;
  if (workload::nominal_cost(workload::find_mix(row.workload), row.parameters).wait_ns == 0)
    return {row.cores};
  return {row.cores, waiting_pool};
}

}  // namespace

int guarded_main(const std::string& program, const std::function<int()>& body) {
  try {
    return body();
  } catch (const workload::WrongResult& wrong) {
    std::cerr << program << ": wrong result: " << one_line(wrong.what()) << std::endl;
    return exit_wrong_result;
  } catch (const std::bad_alloc&) {
    std::cerr << program << ": the system gives no more memory; ask for fewer tasks or workers" << std::endl;
    return exit_bad_input;
  } catch (const std::exception& error) {
    std::cerr << program << ": " << one_line(error.what()) << std::endl;
    return exit_bad_input;
  }
}

int machine_cores() {
  const Started started = read_started();
  return started.machine_cores > 0 ? started.machine_cores : measure::usable_cores();
}

void start_under_mask(int cores, char** argv) {
  prctl(PR_SET_TIMERSLACK, 1);
  const Started started = read_started();
  const auto allowed = measure::allowed_cpus();
  if (started.mask_cores > 0 && static_cast<int>(allowed.size()) == started.mask_cores &&
      (cores == 0 || cores == started.mask_cores))
    return;
  const int usable = measure::usable_cores();
  const int wanted = cores == 0 ? usable : cores;
  if (wanted > usable)
    throw std::invalid_argument("cores is " + std::to_string(wanted) + ", but this process may use " +
                                std::to_string(usable) + "; give 1 to " + std::to_string(usable));
  auto cpus = measure::preferred_cpus();
  cpus.resize(static_cast<std::size_t>(wanted));
  measure::set_mask(cpus);
  setenv("OMP_WAIT_POLICY", "passive", 0);
  setenv(started_variable, (std::to_string(usable) + " " + std::to_string(wanted)).c_str(), 1);
  execv("/proc/self/exe", argv);
  throw std::runtime_error("cannot start this binary anew under its mask: is /proc mounted?");
}

int RowOptions::wanted_cores() const {
  std::set<int> asked;
  if (!cores.empty()) asked.insert(static_cast<int>(parse_whole("cores", cores, 1, 1'000'000)));
  for (const std::string& name : rows) {
    Row row;
    parse_row_parts(name, row, [&](std::string_view part, std::string_view value) {
      if (part != "cores") return;
      set_parameter(row, part, value);
      asked.insert(row.cores);
    });
  }
  if (asked.size() > 1)
    throw std::invalid_argument(
        "rows of one process have one affinity mask; give the same cores to all of them");
  return asked.empty() ? 0 : *asked.begin();
}

void add_row_options(CommandLine& line, RowOptions& options) {
  line.texts("row", options.rows, "A row to run, by its name; may be given more than once");
  line.list("workloads", options.workloads, "Workloads, separated by commas");
  line.list("backends", options.backends, "Backends, separated by commas");
  line.list("workers", options.workers, "Worker counts, separated by commas");
  line.text("cores", options.cores, "Cores: the affinity mask of the process");
  for (const auto& info : workload::parameter_table())
    add_parameter_option(line, options, std::string(info.name), std::string(info.help));
  add_parameter_option(line, options, "in_flight", "most tasks in flight (overlapped backends)");
  add_parameter_option(line, options, "locks", "1: single-threaded backends take the shelves' locks too");
}

void add_parameter_option(CommandLine& line, RowOptions& options, const std::string& name,
                          const std::string& help) {
  std::string option = name;
  for (char& letter : option)
    if (letter == '_') letter = '-';
  line.each(
      option, [&options, name](const std::string& value) { options.parameters.emplace_back(name, value); },
      help);
}

std::vector<Row> RowOptions::product() const {
  std::vector<Row> found;
  const auto chosen = [](const std::vector<std::string>& asked, const auto& table) {
    if (!asked.empty()) return asked;
    std::vector<std::string> names;
    for (const auto& each : table) names.emplace_back(each.name);
    return names;
  };
  for (const std::string& workload : chosen(workloads, workload::mix_table())) {
    for (const std::string& backend : chosen(backends, backend::Registry::traits)) {
      Row row;
      row.workload = workload;
      row.backend = backend::find_backend(backend).name;
      row.cores = static_cast<int>(measure::allowed_cpus().size());
      std::vector<int> counts;
      for (const std::string& text : workers) {
        set_parameter(row, "workers", text);
        counts.push_back(row.workers);
      }
      if (counts.empty()) counts = default_workers(row);
      for (const int count : counts) {
        row.workers = count;
        found.push_back(row);
      }
    }
  }
  return found;
}

void RowOptions::check() const {
  if (!rows.empty() && !(workloads.empty() && backends.empty() && workers.empty()))
    throw std::invalid_argument("--row names a row whole; leave out --workloads, --backends and --workers");
}

std::vector<Row> make_rows(const RowOptions& options) {
  options.check();
  std::vector<Row> rows;
  for (const std::string& name : options.rows) rows.push_back(parse_row(name));
  if (rows.empty()) rows = options.product();
  for (Row& row : rows) {
    for (const auto& [name, value] : options.parameters) set_parameter(row, name, value);
    row.cores = static_cast<int>(measure::allowed_cpus().size());
    check_row(row);
    if (!options.cpu_speed.empty()) row.cpu_speed = parse_positive("cpu-speed", options.cpu_speed);
    choose_tasks(row, machine_cores());
  }
  return rows;
}

Budget::Budget(const std::string& text) {
  if (!text.empty()) seconds_ = parse_positive("budget", text);
}

bool Budget::allows(double seconds) const {
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  return elapsed + seconds <= seconds_;
}

}  // namespace bookstore
