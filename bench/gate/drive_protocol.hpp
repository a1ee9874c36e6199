// What every driven process does alike: its options, what it says over its standard input and output, and the
// slowdowns that may be planted in it.
#pragma once

#include <cstdint>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/gate/slowed.hpp"
#include "bench/shell/command_line.hpp"

namespace bookstore {

struct DriveOptions {
  bool drive = false;
  std::string plant_slowdown;  // a fraction, as text
  std::string instructions;    // a number of runs, as text

  // The slowdown to plant; 0: none. Throws std::invalid_argument.
  double planted() const;
};

// Declares --drive and --plant-slowdown; `options` must outlive the parsing.
void add_drive_options(CommandLine& line, DriveOptions& options);

// A row that is set up and waits to be told to run.
struct DrivenRow {
  std::string name;
  std::uint64_t digest = 0;  // of its plan, done directly
  std::uint32_t tasks = 0;   // of the plan
  // Runs one batch and says what came out. It may throw; the process then ends with that.
  std::function<nlohmann::json()> run_batch;
};

// What a batch of closed runs times at the least, and a process before its first batch, in nanoseconds.
inline constexpr std::int64_t batch_ns = 5'000'000;
inline constexpr std::int64_t warm_up_ns = 4 * batch_ns;

// Calls run(), which answers how many nanoseconds it timed for so many tasks, until these make least_ns:
// {"ns_per_task": x, "runs": r, "tasks": t}.
nlohmann::json time_batch(std::int64_t least_ns, std::uint32_t tasks,
                          const std::function<std::int64_t()>& run);

// Writes {"ready": true, "row": name, "digest": hexadecimal, "tasks": n}, then answers each line "run" of the
// input with what the batch says. Returns at "quit" or at the end of the input; throws
// std::invalid_argument for any other line.
void serve(const DrivenRow& row, std::istream& in = std::cin, std::ostream& out = std::cout);

// One line of JSON. Throws std::runtime_error when nobody takes it.
void answer(const nlohmann::json& line, std::ostream& out = std::cout);

// The one row that a driven process serves; throws std::invalid_argument unless there is one.
template <class R>
R& only_row(std::vector<R>& rows) {
  if (rows.size() != 1)
    throw std::invalid_argument("--drive serves one row; " + std::to_string(rows.size()) +
                                " were chosen, name one with --row");
  return rows.front();
}

// Calls body(job), or body with the job slowed where a slowdown is planted.
template <Job J, class Body>
void with_planted(J& job, double planted, const Body& body) {
  if (planted > 0) {
    Slowed slowed(job, planted);
    body(slowed);
  } else {
    body(job);
  }
}

}  // namespace bookstore
