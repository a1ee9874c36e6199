// What the tasks of a row do, whichever workload they are of: a mix of the bookstore's, or service.
#pragma once

#include <cstdint>
#include <string_view>

#include "bench/rows/row.hpp"
#include "workloads/bookstore/plan.hpp"
#include "workloads/bookstore/shop.hpp"
#include "workloads/job.hpp"
#include "workloads/service.hpp"

namespace bookstore {

// Throws std::invalid_argument for an unknown workload, naming the known ones.
void require_workload(std::string_view name);

// Estimates before anything is measured.
workload::NominalCost nominal_cost(const Row& row);

// The longest wait that any task asks for, in nanoseconds (ServiceShape::longest_wait_ns where it is drawn).
Wait longest_wait(const Row& row);

// The smallest number of tasks that the workload divides without remainder.
std::uint32_t smallest_whole_plan(const Row& row);

// A row's plan, for jobs of that kind: Shop<...>, or Service.
template <class Shop>
typename Shop::Plan make_plan(const Row& row) {
  return {workload::find_mix(row.workload), row.parameters};
}
template <>
workload::ServicePlan make_plan<workload::Service>(const Row& row);

// What plan and job of that kind take for each of many tasks.
template <class Shop>
double bytes_per_task(const Row&) {
  return Shop::Plan::bytes_per_task + Shop::bytes_per_task;
}
template <>
double bytes_per_task<workload::Service>(const Row& row);

// The kinds of task that a plan tells apart.
inline std::uint32_t kind_of(const workload::Plan& plan, std::uint32_t task) {
  return static_cast<std::uint32_t>(plan.kind(task));
}
inline std::uint32_t kind_of(const workload::ServicePlan&, std::uint32_t) { return 0; }
inline std::string_view kind_name(const workload::Plan& plan, std::uint32_t task) {
  return workload::info(plan.kind(task)).name;
}
inline std::string_view kind_name(const workload::ServicePlan&, std::uint32_t) { return service_workload; }

// The most steps that any of its tasks has.
inline std::uint32_t most_steps(const workload::Plan&) { return workload::most_steps_of_a_kind; }
inline std::uint32_t most_steps(const workload::ServicePlan& plan) { return plan.steps(); }

// The waits of one task together, of the one that waits longest.
inline Wait longest_waits(const workload::Plan& plan) {
  return workload::longest_wait(plan.mix(), plan.parameters());
}
inline Wait longest_waits(const workload::ServicePlan& plan) { return plan.longest_waits(); }

inline bool opens_and_closes(const workload::Plan& plan) { return plan.mix().opens_and_closes; }
inline bool opens_and_closes(const workload::ServicePlan&) { return false; }

}  // namespace bookstore
