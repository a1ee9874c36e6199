#include "bench/rows/sizes.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "bench/backends/registry.hpp"
#include "bench/rows/work.hpp"

namespace bookstore {

namespace {

constexpr double longest_waits_per_run = 24;
// What a blocked worker pays for a wait beside the wait itself: in time, timer lateness; in CPU, falling
// asleep and waking.
constexpr double wake_up_ns = 70'000;
constexpr double sleep_cpu_ns = 10'000;
constexpr double dispatch_ns = 500;
// Of a wait over a socket, on both sides of it.
constexpr double round_trip_ns = 20'000;
// Of a task in virtual time, beside its steps, which are run; and how many are enough.
constexpr double event_ns = 2'000;
constexpr double most_virtual_tasks = 1e6;

// For so many of the row's workers, who do tasks of that cost.
double time_per_task_ns(const Row& row, const workload::NominalCost& cost, int workers, int cores) {
  const auto& traits = row.ways();
  const double cpu = (cost.cpu_ns + dispatch_ns) / row.cpu_speed;
  const double alone = cpu + cost.wait_ns;
  if (traits.waits == backend::Waits::overlapped) {
    const double shared = cpu / std::min(workers, cores);
    return row.in_flight == 0 ? shared : std::max(shared, alone / row.in_flight);
  }
  const double blocked = alone + cost.waits_per_task * wake_up_ns;
  const double busy = cpu + cost.waits_per_task * sleep_cpu_ns / row.cpu_speed;
  return std::max(busy / std::min(workers, cores), blocked / workers);
}

double time_per_task_ns(const Row& row, int cores) {
  if (row.desk == 0) return time_per_task_ns(row, nominal_cost(row), row.workers, cores);
  // The side that takes longer.
  const auto side = [&](workload::Role role, int workers) {
    workload::Mix mix = workload::find_mix(row.workload);
    for (std::size_t kind = 0; kind < workload::kind_count; ++kind)
      if (role_of(static_cast<workload::Kind>(kind)) != role) mix.per_thousand[kind] = 0;
    return time_per_task_ns(row, workload::nominal_cost(mix, row.parameters), workers, cores);
  };
  return std::max(side(workload::Role::desk, row.desk),
                  side(workload::Role::back_office, row.workers - row.desk));
}

}  // namespace

void choose_tasks(Row& row, int machine_cores) {
  if (row.tasks_given) return;
  const auto longest = static_cast<double>(longest_wait(row));
  const double duration = std::max(usual_run_ns, longest_waits_per_run * longest);
  const double whole = smallest_whole_plan(row);
  const int cores = row.is_virtual() ? row.cores : machine_cores;
  const double wanted = row.tasks_factor * std::ceil(duration / time_per_task_ns(row, cores) / whole) * whole;
  // Virtual time is not too short for anything, and each task takes real time.
  const double most =
      row.is_virtual() ? std::floor(most_virtual_tasks * row.tasks_factor / whole) * whole : 2e9;
  row.parameters.tasks = std::clamp(std::ceil(wanted / whole) * whole, whole, std::clamp(most, whole, 2e9));
}

double nominal_seconds(const Row& row) {
  // The steps are run one after the other, and followed event by event.
  if (row.is_virtual())
    return row.parameters.tasks * (nominal_cost(row).cpu_ns / row.cpu_speed + event_ns) * 1e-9;
  const double asking = row.real_waits() ? nominal_cost(row).waits_per_task * round_trip_ns : 0;
  return row.parameters.tasks * (time_per_task_ns(row, row.cores) + asking) * 1e-9;
}

}  // namespace bookstore
