// A row of bench_latency: a row with arrivals of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/rows/row.hpp"
#include "bench/rows/schedule.hpp"

namespace bookstore {

// <workload>/<backend>/cores:<p>/workers:<n>/rate:<per second>/duration:<s>[/<param>:<value>...]; with
// fraction:<f>/of:<backend> in the place of the rate, or with trace:<name> in the place of rate and duration.
// The workload "null" has tasks of no work. The number of tasks is the schedule's.
struct OpenRow {
  Row row;
  ScheduleSpec schedule{.rate = 1000, .duration = 1};
  std::vector<std::string> given;  // what of rate and duration was asked for
  double fraction = 0;             // of the measured throughput of `of`; 0: the rate is absolute
  std::string of;
  std::string trace;  // a file of arrival times; empty: the schedule is made
  std::shared_ptr<const std::vector<std::int64_t>> traced;  // what read_traces() found in it
  bool door = false;                                        // backend::Team::door

  std::string name() const;
  // The name without the arrivals: what a search for a rate is about.
  std::string shop_name() const;
  // The workers that it asks for, and their door.
  backend::Team team() const;
  bool is_null() const { return row.workload == null_workload; }
};

// Throws std::invalid_argument with one line that says what is wrong.
OpenRow parse_open_row(std::string_view name);
void set_open_parameter(OpenRow& row, std::string_view name, std::string_view value);
void check_open_row(const OpenRow& row);

// Reads the trace of every row that has one: each file once, as a pipe gives its lines only once. Throws
// std::invalid_argument for a bad trace.
void read_traces(std::vector<OpenRow>& rows);

// Throws std::invalid_argument for arrivals that cannot be made, without making them.
void check_arrivals(const OpenRow& row);

// The arrivals of the row; throws std::invalid_argument for a bad trace or a schedule that would not fit
// memory.
std::vector<std::int64_t> make_arrivals(const OpenRow& row);

// To be called before the first pool of a process is made, with all its rows (backend::expect_pools).
void expect_pools_of(const std::vector<OpenRow>& rows);

std::string_view arrivals_name(Arrivals arrivals);

}  // namespace bookstore
