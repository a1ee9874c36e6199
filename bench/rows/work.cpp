#include "bench/rows/work.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "bench/rows/calibrate.hpp"

namespace bookstore {

void require_workload(std::string_view name) {
  if (name == service_workload) return;
  try {
    workload::find_mix(name);
  } catch (const std::invalid_argument& unknown) {
    throw std::invalid_argument(unknown.what() + (", " + std::string(service_workload)));
  }
}

workload::NominalCost nominal_cost(const Row& row) {
  if (!row.is_service()) return workload::nominal_cost(workload::find_mix(row.workload), row.parameters);
  // Links are calibrated: cpu_speed, by which nominal costs are divided, is not theirs.
  return {.cpu_ns = std::max(row.shape.cpu_ns() * row.parameters.cpu_scale, 1.0) * row.cpu_speed,
          .wait_ns = row.shape.wait_ns() * row.parameters.wait_scale,
          .waits_per_task = row.parameters.wait_scale > 0 ? static_cast<double>(row.shape.waits()) : 0.0};
}

Wait longest_wait(const Row& row) {
  if (!row.is_service()) return workload::longest_wait(workload::find_mix(row.workload), row.parameters);
  return std::llround(row.shape.longest_wait_ns() * row.parameters.wait_scale);
}

std::uint32_t smallest_whole_plan(const Row& row) {
  return row.is_service() ? 1 : workload::smallest_whole_plan(workload::find_mix(row.workload));
}

template <>
workload::ServicePlan make_plan<workload::Service>(const Row& row) {
  const workload::ServiceSize size{.tasks = static_cast<std::uint32_t>(row.parameters.tasks),
                                   .seed = static_cast<std::uint64_t>(row.parameters.seed),
                                   .cpu_scale = row.parameters.cpu_scale,
                                   .wait_scale = row.parameters.wait_scale};
  return {row.shape, size, links_per_ns()};
}

template <>
double bytes_per_task<workload::Service>(const Row& row) {
  return workload::ServicePlan::bytes_per_task(row.shape) + workload::Service::bytes_per_task();
}

}  // namespace bookstore
