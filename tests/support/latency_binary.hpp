// bench_latency, run as a user would run it, and what is often asked of it.
#pragma once

#include <string>
#include <vector>

#include "tests/support/command.hpp"

namespace bookstore::test {

inline Outcome bench(const std::vector<std::string>& arguments, const std::string& environment = "") {
  return run_command(BOOKSTORE_BENCH_LATENCY, arguments, environment);
}

inline const std::string tiny_row = "counter/sequential/cores:1/rate:500/duration:0.1/arrivals:constant";

inline const std::vector<std::string> counter{"--workloads", "counter", "--backends", "sequential"};

inline std::vector<std::string> with(std::vector<std::string> arguments,
                                     const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace bookstore::test
