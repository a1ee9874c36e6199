#include "bench/overhead/support/wait_policy.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace bookstore::overhead {

namespace {

constexpr const char* variable = "OMP_WAIT_POLICY";

bool names_active(const std::string& row) { return (row + "/").find("/active:1/") != std::string::npos; }

}  // namespace

Param active_param() {
  return {.name = "active", .standard = 0, .minimum = 0, .maximum = 1, .choices = {0, 1}};
}

void check_active(const OverheadRow& row) {
  if (row.param("active") == 0) return;
  if (row.backend != "openmp")
    throw std::invalid_argument("active:1 has no meaning for " + row.backend +
                                ": only OpenMP lets one choose what idle workers do; leave it out");
  const char* const policy = std::getenv(variable);
  if (policy == nullptr || std::string_view(policy) != "active")
    throw std::invalid_argument(std::string("active:1 needs a process that runs under ") + variable +
                                "=active; set it");
}

void set_wait_policy(const std::vector<std::string>& rows) {
  const auto active = std::ranges::count_if(rows, names_active);
  if (active == 0) return;
  if (active != static_cast<std::ptrdiff_t>(rows.size()))
    throw std::invalid_argument(std::string("rows with active:1 need a process without others: ") + variable +
                                " holds for all of it");
  setenv(variable, "active", 1);
}

}  // namespace bookstore::overhead
