#include "bench/rows/options.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/backends/registry.hpp"
#include "bench/measure/machine/affinity.hpp"
#include "bench/measure/machine/mask.hpp"
#include "bench/rows/parts.hpp"
#include "bench/rows/row_service.hpp"
#include "bench/rows/sizes.hpp"
#include "bench/rows/work.hpp"
#include "bench/shell/numbers.hpp"

namespace bookstore {

namespace {

std::vector<int> default_workers(const Row& row) {
  if (row.ways().single_threaded) return {1};
  if (row.workload == null_workload) return {row.cores};
  // A loop has all of its tasks in flight: more of them than cores bring nothing.
  if (row.ways().waits == backend::Waits::overlapped) return {row.cores};
  constexpr int waiting_pool = 64;
  if (nominal_cost(row).wait_ns == 0 || row.cores == waiting_pool) return {row.cores};
  return {row.cores, waiting_pool};
}

}  // namespace

void add_row_choice(CommandLine& line, RowChoice& choice) {
  line.group(row_options);
  line.texts("row", choice.rows, "A row to run, by its name; may be given more than once");
  line.list("backends", choice.backends, "Backends, separated by commas");
  line.text("cores", choice.cores, "Cores: the affinity mask of the process");
  line.text("rotate", choice.rotate,
            "On fewer cores than there are: which CPUs are taken; a number that changes from run to run");
  line.text("port", choice.port, "Where the service of waits:tcp listens (default: any port that is free)");
  line.group("");
}

void add_row_options(CommandLine& line, RowOptions& options) {
  add_row_choice(line, options);
  line.group(row_options);
  line.list("workloads", options.workloads, "Workloads, separated by commas");
  line.list("workers", options.workers, "Worker counts, separated by commas");
  for (const auto& info : workload::parameter_table())
    add_parameter_option(line, options, std::string(info.name), std::string(info.help));
  for (const auto& info : row_parameter_table())
    add_parameter_option(line, options, std::string(info.name), std::string(info.help));
  line.text("costs", options.costs, "A JSON file of what things cost in virtual time (simulated)");
  line.group("");
}

void add_speed_option(CommandLine& line, RowOptions& options) {
  line.group(row_options);
  line.text("cpu-speed", options.cpu_speed,
            "How fast this CPU is, as a multiple of the one that default sizes are made for (default 1)");
  line.group("");
}

void add_parameter_option(CommandLine& line, RowOptions& options, const std::string& name,
                          const std::string& help) {
  std::string option = name;
  std::ranges::replace(option, '_', '-');
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
    if (workload != null_workload) require_workload(workload);
    for (const std::string& backend : chosen(backends, backend::Registry::traits)) {
      Row row;
      row.workload = workload;
      row.backend = backend::find_backend(backend).name;
      row.cores = row.is_virtual() && !cores.empty() ? parse_cores(cores)
                                                     : static_cast<int>(measure::allowed_cpus().size());
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

void RowChoice::take_port() const {
  if (!port.empty()) listen_at(static_cast<int>(parse_whole("port", port, 1, 65'535)));
}

void RowOptions::check() const {
  if (!rows.empty() && !(workloads.empty() && backends.empty() && workers.empty()))
    throw std::invalid_argument("--row names a row whole; leave out --workloads, --backends and --workers");
}

std::vector<Row> make_rows(const RowOptions& options) {
  options.check();
  options.take_port();
  std::vector<Row> rows;
  for (const std::string& name : options.rows) rows.push_back(parse_row(name));
  if (rows.empty()) rows = options.product();
  give_costs(options, rows, [](Row& row) -> Row& { return row; });
  for (Row& row : rows) {
    for (const auto& [name, value] : options.parameters) set_parameter(row, name, value);
    if (!row.is_virtual()) row.cores = static_cast<int>(measure::allowed_cpus().size());
    check_row(row);
    check_placement(row);
    if (!options.cpu_speed.empty()) row.cpu_speed = parse_positive("cpu-speed", options.cpu_speed);
    choose_tasks(row, measure::machine_cores());
  }
  return rows;
}

}  // namespace bookstore
