// What a build and its machine have to offer, as JSON for whoever plans runs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace bookstore {

// Names and values for the context of every result: the environment, and which runtimes this build has.
std::vector<std::pair<std::string, std::string>> context_of_results();

// {"cores", "machine", "context"}.
nlohmann::json describe_machine();

// Beside these {"backends", "left_out", "workloads"}.
nlohmann::json describe_rows();

}  // namespace bookstore
