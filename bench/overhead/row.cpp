#include "bench/overhead/row.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "bench/backends/registry.hpp"
#include "bench/overhead/experiment.hpp"
#include "bench/rows/parts.hpp"
#include "bench/shell/numbers.hpp"
#include "workloads/bookstore/parameters.hpp"

namespace bookstore::overhead {

namespace {

using workload::parameter_text;

// A value of it as it stands in a row's name.
std::string value_text(const Param& param, double value) {
  return param.names.empty() ? parameter_text(value) : param.names.at(static_cast<std::size_t>(value));
}

std::string allowed_text(const Param& param) {
  if (!param.names.empty()) {
    std::string text;
    for (const std::string& name : param.names) text += (text.empty() ? "one of " : ", ") + name;
    return text;
  }
  if (param.choices.empty())
    return std::string(param.whole ? "a whole number" : "a number") + " from " +
           parameter_text(param.minimum) + " to " + parameter_text(param.maximum);
  std::string text;
  for (const double choice : param.choices)
    text += (text.empty() ? "one of " : ", ") + parameter_text(choice);
  return text;
}

// The number that the text is, or names.
std::optional<double> read_value(const Param& param, std::string_view text) {
  if (param.names.empty()) return read_number(text);
  const auto found = std::ranges::find(param.names, text);
  if (found == param.names.end()) return std::nullopt;
  return static_cast<double>(found - param.names.begin());
}

double parse_value(const Param& param, std::string_view text) {
  const auto value = read_value(param, text);
  const bool fits = value && *value >= param.minimum && *value <= param.maximum &&
                    !(param.whole && *value != std::floor(*value)) &&
                    (param.choices.empty() || std::ranges::count(param.choices, *value) > 0);
  if (!fits)
    throw std::invalid_argument(param.name + " is '" + std::string(text) + "'; give " + allowed_text(param));
  return *value;
}

void set_params(OverheadRow& row, std::string_view parts) {
  for (const auto& [name, value] : parameters_in(parts)) set_param(row, name, value);
}

OverheadRow plain_row(const Experiment& experiment, std::string_view backend) {
  OverheadRow row;
  row.experiment = experiment.name;
  row.backend = find_contender(experiment, backend).name;
  for (const Param& param : experiment.params) row.params[param.name] = param.standard;
  return row;
}

}  // namespace

std::string OverheadRow::name() const {
  std::string text =
      experiment + "/" + backend + "/cores:" + std::to_string(cores) + "/workers:" + std::to_string(workers);
  for (const Param& each : find_experiment(experiment).params)
    if (param(each.name) != each.standard) text += "/" + each.name + ":" + value_text(each, param(each.name));
  return text;
}

void set_param(OverheadRow& row, std::string_view name, std::string_view value) {
  if (name == "cores") {
    row.cores = parse_cores(value);
    return;
  }
  if (name == "workers") {
    row.workers = parse_workers(value);
    return;
  }
  std::string known = "cores, workers";
  for (const Param& each : find_experiment(row.experiment).params) {
    known += ", " + each.name;
    if (each.name != name) continue;
    row.params[each.name] = parse_value(each, value);
    return;
  }
  throw std::invalid_argument("'" + row.experiment + "' has no parameter '" + std::string(name) +
                              "'; known: " + known);
}

void check_overhead_row(const OverheadRow& row) {
  const Experiment& experiment = find_experiment(row.experiment);
  const Contender& contender = find_contender(experiment, row.backend);
  if (contender.single_threaded && row.workers != 1)
    throw std::invalid_argument(contender.name + " has one worker; workers is " +
                                std::to_string(row.workers));
  if (experiment.check) experiment.check(row);
}

OverheadRow parse_overhead_row(std::string_view name) {
  std::string_view rest = name;
  try {
    const Experiment& experiment = find_experiment(next_part(rest));
    OverheadRow row = plain_row(experiment, next_part(rest));
    set_params(row, rest);
    check_overhead_row(row);
    return row;
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument("row '" + std::string(name) + "': " + error.what());
  }
}

std::vector<OverheadRow> default_rows(int cores, const std::vector<std::string>& experiments,
                                      const std::vector<std::string>& backends) {
  for (const std::string& name : experiments) find_experiment(name);
  const auto wanted = [](const std::vector<std::string>& asked, const std::string& name) {
    return asked.empty() || std::ranges::count(asked, name) > 0;
  };
  std::vector<OverheadRow> rows;
  for (const Experiment& experiment : experiment_table()) {
    if (!wanted(experiments, experiment.name)) continue;
    for (const Contender& contender : experiment.contenders) {
      if (contender.left_out || !wanted(backends, contender.name)) continue;
      for (const std::string& params : experiment.default_params(contender)) {
        OverheadRow row = plain_row(experiment, contender.name);
        row.cores = cores;
        row.workers = contender.single_threaded ? 1 : cores;
        set_params(row, params);
        rows.push_back(row);
      }
    }
  }
  if (rows.empty())
    throw std::invalid_argument("no row has such an experiment and such a backend; --list shows them all");
  return rows;
}

void expect_pools_of(const std::vector<OverheadRow>& rows) {
  std::vector<backend::ExpectedPool> pools;
  for (const OverheadRow& row : rows)
    for (const auto& traits : backend::Registry::traits)
      // A raw twin has the runtime of the backend that its name begins with.
      if (row.backend == traits.name || row.backend.starts_with("raw_" + std::string(traits.name)))
        pools.push_back({traits.name, row.workers});
  backend::expect_pools(pools);
}

}  // namespace bookstore::overhead
