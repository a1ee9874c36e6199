#include "bench/rows/describe.hpp"

#include "bench/backends/registry.hpp"
#include "bench/measure/machine/environment.hpp"
#include "bench/measure/machine/mask.hpp"
#include "bench/measure/probes/cost.hpp"
#include "bench/measure/probes/kernel_memory.hpp"
#include "bench/rows/row.hpp"
#include "bench/seam/limits.hpp"
#include "workloads/bookstore/plan.hpp"

namespace bookstore {

std::vector<std::pair<std::string, std::string>> context_of_results() {
  auto context = measure::read_context(backend::runtimes());
  context.emplace_back("others_source", measure::others_source());
  context.emplace_back("kernel_memory_source", measure::KernelMemory().source_name());
  return context;
}

nlohmann::json describe_machine() {
  nlohmann::json context;
  for (const auto& [key, value] : context_of_results()) context[key] = value;
  return {{"cores", measure::machine_cores()},
          {"machine", measure::machine_name(measure::machine_cores())},
          {"context", context}};
}

nlohmann::json describe_rows() {
  nlohmann::json description = describe_machine();
  description["backends"] = description["left_out"] = description["workloads"] = nlohmann::json::array();
  for (const auto& traits : backend::Registry::traits)
    description["backends"].push_back(
        {{"name", traits.name},
         {"waits", traits.waits == backend::Waits::blocking ? "blocking" : "overlapped"},
         {"roles", traits.roles},
         {"static", traits.static_split},
         {"pins", traits.pins},
         {"max_workers", traits.single_threaded ? 1 : backend::thread_limit()}});
  // What plays one of them in virtual time, when it is asked for by its name.
  description["named_backends"] = {{{"name", backend::Simulated::traits.name}, {"time", "virtual"}}};
  for (const std::string_view name : backend::left_out)
    if (!name.empty()) description["left_out"].push_back(name);
  for (const auto& mix : workload::mix_table())
    description["workloads"].push_back({{"name", mix.name},
                                        {"isolates", mix.isolates},
                                        {"waits", workload::nominal_cost(mix, {}).wait_ns > 0}});
  // What is measured by its name alone.
  description["named_workloads"] = {
      {{"name", service_workload}, {"isolates", "tasks of a shape that the user gives"}}};
  description["parameters"] = nlohmann::json::array();
  for (const auto& info : workload::parameter_table())
    description["parameters"].push_back({{"name", info.name}, {"help", info.help}});
  for (const auto& info : row_parameter_table())
    description["parameters"].push_back({{"name", info.name}, {"help", info.help}});
  return description;
}

}  // namespace bookstore
