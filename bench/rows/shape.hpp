// The shape of the workload service as it stands in a row's name: steps:20us+1ms,5us and spread:exponential.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workloads/service.hpp"

namespace bookstore {

// Steps divided by commas, each a CPU time and, after a plus, a wait. Throws std::invalid_argument with one
// line that says what is wrong.
std::vector<workload::ServiceStep> parse_steps(std::string_view text);
// Reads back as the same steps; each time is a whole number of the largest unit in which it is one.
std::string steps_text(const std::vector<workload::ServiceStep>& steps);

// Throws std::invalid_argument.
workload::Spread parse_spread(std::string_view text);
std::string_view spread_name(workload::Spread spread);

}  // namespace bookstore
