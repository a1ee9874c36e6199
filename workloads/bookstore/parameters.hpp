// Every size, wait and scale of the bookstore. A plan is a pure function of these and of the workload's name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "workloads/job.hpp"

namespace bookstore::workload {

// Work sizes are multiplied by cpu_scale and rounded to whole units, at least one; waits are multiplied by
// wait_scale. The defaults give the CPU times of the README's table of tasks on a 2.6 GHz server core.
struct Parameters {
  double tasks = 1000;  // tasks of the day; opening and closing come on top
  double seed = 1;
  double skew = 0;  // Zipf exponent of the popularity of shelves; 0: all alike
  double cpu_scale = 1;
  double wait_scale = 1;

  double titles = 4096;
  double shelves = 128;
  double batch = 64;         // books that one shelve_books puts away
  double batch_shelves = 2;  // shelves that such a batch belongs to
  double queries = 5;        // books that a customer asks for before renting one
  double pages = 5;          // pages that are inspected when a book comes back
  double beans = 220;        // splits of a bean in the grinder
  double letters = 256;      // letters in the box
  double ledger_lines = 6;   // lines of the ledger that a rental takes
  double refund_lines = 3;   // and a refund

  double brew_us = 5000;
  double mailbox_us = 2000;
  double card_us = 500;
  double printer_us = 200;
};

// One parameter as users meet it: `name` stands in row names and counters, `--name` (with dashes) on the
// command line.
struct ParameterInfo {
  std::string_view name;
  double Parameters::*member;
  double minimum;
  double maximum;
  bool whole;
  std::string_view help;
};

// All parameters, in the order in which they appear in row names.
std::span<const ParameterInfo> parameter_table();

// Sets one parameter from text. Throws std::invalid_argument, in one line that names the parameter and the
// range it takes, when the name is unknown or the value is no number, not finite, out of range or not whole
// where it must be.
void set_parameter(Parameters& parameters, std::string_view name, std::string_view text);

// The shortest text that reads back as the same value.
std::string parameter_text(double value);

// A work size after cpu_scale: whole and at least one.
std::uint32_t scaled_units(const Parameters& parameters, double size);

// A wait after wait_scale, in nanoseconds.
Wait scaled_wait(const Parameters& parameters, double microseconds);

}  // namespace bookstore::workload
