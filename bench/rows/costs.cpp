#include "bench/rows/costs.hpp"

#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "bench/backends/registry.hpp"
#include "bench/rows/row.hpp"
#include "bench/rows/work.hpp"
#include "bench/seam/clocks.hpp"
#include "bench/shell/json_text.hpp"
#include "workloads/bookstore/plan.hpp"

namespace bookstore {

namespace {

using model::ShopCosts;
using workload::Kind;

constexpr double most_ns = 1e15;  // twelve days: many can be added up

// When a row has to know a cost.
enum class Need { always, overlapped, shared_counter, locks, crowd, door };

struct CostInfo {
  std::string_view name;
  std::int64_t ShopCosts::*member;
  double nominal_ns;
  Need need;
  std::string_view rows;  // that measure it; {} stands for the backend
};

// Nominal: a 2.6 GHz virtual machine's, rounded.
constexpr std::array cost_table{
    CostInfo{"dispatch", &ShopCosts::dispatch, 50, Need::always,
             "grain/{}/cores:1/workers:1 (bench_overhead)"},
    CostInfo{"claim", &ShopCosts::claim, 40, Need::shared_counter,
             "grain/threads/cores:2/workers:2 (bench_overhead)"},
    CostInfo{"timer", &ShopCosts::timer, 150, Need::overlapped,
             "waiting/{}/cores:1/workers:1 (bench_overhead)"},
    CostInfo{"sleep", &ShopCosts::sleep, 10'000, Need::always,
             "errands/{}/cores:1/workers:64 (bench_throughput)"},
    CostInfo{"idle", &ShopCosts::idle, 20'000, Need::always,
             "counter/sequential/cores:1/workers:1 (bench_throughput)"},
    CostInfo{"wake_up", &ShopCosts::wake_up, 50'000, Need::always,
             "null/{}/cores:1/workers:1/rate:1000 (bench_latency)"},
    CostInfo{"switch_over", &ShopCosts::switch_over, 2'000, Need::crowd,
             "shelving/{}/cores:1/workers:64 (bench_throughput)"},
    CostInfo{"slice", &ShopCosts::slice, 3'000'000, Need::crowd,
             "shelving/{}/cores:1/workers:64 (bench_throughput)"},
    CostInfo{"lock", &ShopCosts::lock, 20, Need::locks,
             "counter/sequential/cores:1/workers:1 (bench_throughput)"},
    CostInfo{"lock_handover", &ShopCosts::lock_handover, 100, Need::locks,
             "contention/{}/cores:2/workers:2/skew:1.5/cpu_scale:0.05 (bench_overhead)"},
    CostInfo{"handover", &ShopCosts::handover, 2'000, Need::door,
             "null/{}/cores:1/workers:1/rate:1000 (bench_latency)"},
};

// Nominal, as workload::kind_table has them together.
struct StepCost {
  Kind kind;
  std::uint32_t step;
  double work_ns;
  double held_ns;
};
constexpr std::array step_table{
    StepCost{Kind::open_shop, 0, 2'000'000, 0}, StepCost{Kind::make_coffee, 0, 11'500, 0},
    StepCost{Kind::make_coffee, 1, 2'000, 0},   StepCost{Kind::check_mail, 0, 0, 0},
    StepCost{Kind::check_mail, 1, 20'000, 0},   StepCost{Kind::rent_book, 0, 4'600, 0},
    StepCost{Kind::rent_book, 1, 1'900, 100},   StepCost{Kind::return_book, 0, 3'000, 0},
    StepCost{Kind::return_book, 1, 1'000, 100}, StepCost{Kind::shelve_books, 0, 11'500, 3'000},
    StepCost{Kind::close_shop, 0, 20'000, 0},
};

std::string step_name(std::string_view what, const StepCost& cost) {
  return std::string(what) + "/" + std::string(info(cost.kind).figure) + "/" + std::to_string(cost.step);
}

bool in_mix(const workload::Mix& mix, Kind kind) {
  if (kind == Kind::open_shop || kind == Kind::close_shop) return mix.opens_and_closes;
  return mix.per_thousand[static_cast<std::size_t>(kind)] > 0;
}

std::string with_backend_name(std::string_view rows, std::string_view backend) {
  std::string text(rows);
  if (const std::size_t at = text.find("{}"); at != std::string::npos) text.replace(at, 2, backend);
  return text;
}

bool needed(Need need, const Row& row, bool door) {
  const backend::BackendTraits& ways = row.ways();
  const bool shop = !row.is_service() && row.workload != null_workload;
  const bool waits = row.workload != null_workload && nominal_cost(row).waits_per_task > 0;
  switch (need) {
    case Need::always:
      return true;
    case Need::overlapped:
      return waits && ways.waits == backend::Waits::overlapped;
    case Need::shared_counter:
      return ways.own_threads && row.workers > 1 && row.cores > 1 && !row.static_split && !door;
    case Need::locks:
      return shop && row.locked();
    case Need::crowd:
      return row.workers > row.cores;
    case Need::door:
      return door;
  }
  return true;
}

}  // namespace

// What a row finds in the costs, and what it misses.
class Lookup {
 public:
  Lookup(const Costs& costs, std::string_view backend) : costs_(costs), backend_(backend) {}

  // The backend's own before everybody's.
  std::int64_t find(const std::string& name, const std::string& rows) {
    for (const std::string& key : {name + "/" + backend_, name})
      if (const auto found = costs_.ns_.find(key); found != costs_.ns_.end())
        return std::llround(found->second);
    missing_ += (missing_.empty() ? "" : ", ") + name;
    if (rows_.find(rows) == std::string::npos) rows_ += (rows_.empty() ? "" : ", ") + rows;
    return 0;
  }
  void require_all() const {
    if (!missing_.empty())
      throw std::invalid_argument("costs '" + costs_.name_ + "' miss " + missing_ + "; measure " + rows_);
  }

 private:
  const Costs& costs_;
  std::string backend_;
  std::string missing_;
  std::string rows_;
};

Costs::Costs() {
  for (const CostInfo& each : cost_table) ns_[std::string(each.name)] = each.nominal_ns;
  for (const StepCost& each : step_table) {
    ns_[step_name("step", each)] = each.work_ns;
    ns_[step_name("held", each)] = each.held_ns;
  }
}

Costs::Costs(std::string_view text, const std::string& name) : name_(name) {
  const auto refuse = [&name](const std::string& why) {
    throw std::invalid_argument("costs is '" + name + "'" + why);
  };
  const auto document = parse_json(std::string(text));
  if (!document.is_object() || !document.contains("costs") || !document["costs"].is_object())
    refuse("; give a JSON object {\"costs\": {\"dispatch\": 50, ...}} of nanoseconds by name");
  for (const auto& [key, value] : document["costs"].items()) {
    const auto& ns = value.is_object() && value.contains("ns") ? value["ns"] : value;
    if (!ns.is_number() || !(ns.get<double>() >= 0) || ns.get<double>() > most_ns)
      refuse(", whose '" + key + "' is no number of nanoseconds from 0 to 1e15");
    ns_[key] = ns.get<double>();
  }
}

std::shared_ptr<const backend::Played> Costs::played(const Row& row, bool door) const {
  auto played = std::make_shared<backend::Played>();
  played->cores = row.cores;
  played->traits = row.ways();
  played->slow = row.slow;
  played->locks = row.locked();
  Lookup lookup(*this, played->traits.name);
  for (const CostInfo& each : cost_table)
    if (needed(each.need, row, door))
      played->costs.*(each.member) =
          lookup.find(std::string(each.name), with_backend_name(each.rows, played->traits.name));
  played->costs.grace = backend::SteadyAlarm::wake_ups_of_grace * played->costs.wake_up;
  if (!row.is_service() && row.workload != null_workload) {
    const workload::Mix& mix = workload::find_mix(row.workload);
    played->prices.resize(workload::kind_count);
    for (const StepCost& each : step_table) {
      if (!in_mix(mix, each.kind)) continue;
      const auto price = [&](std::string_view what) -> std::int64_t {
        const std::string rows = row.workload + "/sequential/cores:1/workers:1 (bench_throughput)";
        const auto ns = static_cast<double>(lookup.find(step_name(what, each), rows));
        return std::llround(std::min(ns * row.parameters.cpu_scale, most_ns));
      };
      auto& steps = played->prices[static_cast<std::size_t>(each.kind)];
      // In the order of the table: a kind's steps follow each other.
      backend::StepPrice step{.work = price("step"), .held = 0};
      if (each.held_ns > 0) step.held = std::min(step.work, price("held"));
      steps.push_back(step);
    }
  }
  lookup.require_all();
  return played;
}

std::shared_ptr<const Costs> read_costs(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::invalid_argument("costs is '" + path + "', which cannot be read; give a file");
  return std::make_shared<Costs>(std::string(std::istreambuf_iterator<char>(file), {}), path);
}

}  // namespace bookstore
