#include "bench/rows/open_options.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/measure/machine/affinity.hpp"

namespace bookstore {

namespace {

bool sets_arrivals(const RowOptions& options) {
  return std::ranges::any_of(options.parameters, [](const auto& parameter) {
    return parameter.first == "trace" || parameter.first == "fraction";
  });
}

std::vector<OpenRow> open_product(const OpenRowOptions& options, bool search) {
  // Two rates unless asked otherwise: one that is easy for all, and one that is not.
  std::vector<double> usual{1000};
  if (!search && !sets_arrivals(options)) usual.push_back(4000);
  std::vector<OpenRow> rows;
  for (const Row& row : options.product()) {
    OpenRow open;
    open.row = row;
    for (const std::string& rate : options.rates) {
      set_open_parameter(open, "rate", rate);
      rows.push_back(open);
    }
    for (const double rate : options.rates.empty() ? usual : std::vector<double>{}) {
      open.schedule.rate = rate;
      rows.push_back(open);
    }
  }
  return rows;
}

}  // namespace

void add_open_row_options(CommandLine& line, OpenRowOptions& options) {
  add_row_options(line, options);
  line.group(row_options);
  line.list("rates", options.rates, "Arrivals per second, separated by commas");
  add_parameter_option(line, options, "duration", "seconds of arrivals");
  add_parameter_option(line, options, "arrivals", "poisson, constant or bursts");
  add_parameter_option(line, options, "burst_period", "seconds from burst to burst");
  add_parameter_option(line, options, "burst_share", "the part of a period that has arrivals");
  add_parameter_option(line, options, "fraction", "rate as a fraction of the throughput of --of");
  add_parameter_option(line, options, "of", "the backend whose throughput --fraction means");
  add_parameter_option(line, options, "door",
                       "1: a thread that is no worker lets arrivals in and hands them over (threads)");
  add_parameter_option(line, options, "trace", "a file of arrival times, a number a line, in seconds");
  line.group("");
}

std::vector<OpenRow> make_open_rows(const OpenRowOptions& options, bool search) {
  options.check();
  options.take_port();
  if (!options.rows.empty() && !options.rates.empty())
    throw std::invalid_argument("--row names a row whole; leave out --rates");
  std::vector<OpenRow> rows;
  for (const std::string& name : options.rows) rows.push_back(parse_open_row(name));
  if (rows.empty()) rows = open_product(options, search);
  give_costs(options, rows, [](OpenRow& row) -> Row& { return row.row; });
  for (OpenRow& row : rows) {
    for (const auto& [name, value] : options.parameters) set_open_parameter(row, name, value);
    if (!row.row.is_virtual()) row.row.cores = static_cast<int>(measure::allowed_cpus().size());
    check_open_row(row);
    check_placement(row.row);
  }
  read_traces(rows);
  for (const OpenRow& row : rows) check_arrivals(row);
  return rows;
}

}  // namespace bookstore
