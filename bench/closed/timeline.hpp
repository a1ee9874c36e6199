// Every step of one run, with its worker and its times: for a picture of the run.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "bench/rows/measured_row.hpp"
#include "bench/rows/row.hpp"

namespace bookstore {

// One step: times in nanoseconds from the start of the run.
struct StepSpan {
  int worker;
  std::uint32_t task;
  std::string_view kind;
  std::uint32_t step;
  std::int64_t begin_ns;
  std::int64_t end_ns;
  Wait wait_ns;  // asked for after the step; 0 none, negative: the task is done
};

// Runs the row once with a recorder, opening and closing included where the workload has them, proves its
// result, and returns it as {"workload", "backend", "cores", "workers", "tasks", "cpu_scale", "wait_scale",
// "run_time_us", "spans": [...]}. Recording costs two clock readings a step: for pictures, not for figures.
nlohmann::json record_timeline(const Row& row);

// Writes {"rows": [...]} of all rows to the file, or nothing of it when a row fails or does not end within
// the patience. The value is the exit code.
int write_timelines(const std::vector<Row>& rows, const std::string& path, const Patience& patience);

}  // namespace bookstore
