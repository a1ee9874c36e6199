// What a build and its machine have to offer, as JSON for whoever plans runs.
#pragma once

#include <nlohmann/json.hpp>

namespace bookstore {

// {"cores", "machine", "context"}.
nlohmann::json describe_machine();

// Beside these {"backends", "left_out", "workloads"}.
nlohmann::json describe_rows();

}  // namespace bookstore
