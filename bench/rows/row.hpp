// A row: one workload under one backend with one set of parameters, and its name.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/seam/run.hpp"
#include "bench/seam/sockets/protocol.hpp"
#include "workloads/bookstore/plan.hpp"
#include "workloads/service.hpp"

namespace bookstore {

class Costs;

// The workload of tasks without any work. Only open runs have it.
inline constexpr std::string_view null_workload = "null";
// The workload of tasks of a given shape. In no sweep but by its name.
inline constexpr std::string_view service_workload = "service";

// <workload>/<backend>/cores:<p>/workers:<n>[/<param>:<value>...]. A parameter at its default is left out of
// the name, but for `tasks`, and for service its `steps`, which are always in it.
struct Row {
  std::string workload;
  std::string backend;
  int cores = 1;
  int workers = 1;
  workload::Parameters parameters;
  workload::ServiceShape shape;  // of service alone
  bool shape_given = false;      // steps or spread were asked for
  double tasks_factor = 1;       // on the default size, while tasks_given is false
  bool tasks_given = false;      // parameters.tasks was asked for
  double cpu_speed = 1;          // of this machine, by which nominal costs are divided
  std::uint32_t in_flight = 0;   // 0: all
  bool locks = false;            // a single-threaded backend takes the shelves' locks all the same
  int slow = 1;                  // the first worker does each step's work so many times over
  bool static_split = false;     // backend::Team::static_split
  bool per_thread = false;       // backend::Team::per_thread
  backend::WaitsBy waits = backend::WaitsBy::timer;
  int desk = 0;                // so many workers serve the desk, the others the back office; 0: all do both
  std::string as = "threads";  // the backend that one in virtual time plays
  std::shared_ptr<const Costs> costs;  // of one in virtual time; null: nominal
  std::optional<bool> pinned;  // each worker keeps to a CPU of its own; nothing: as the backend usually does

  std::string name() const;
  // What the plan depends on: <workload>[/<param>:<value>...]. Rows of one plan end in one digest.
  std::string plan_name() const;
  bool is_service() const { return workload == service_workload; }
  // Whether it runs in virtual time, on cores that need not be there.
  bool is_virtual() const;
  // Of the backend whose ways it has: its own, or the one that it plays.
  const backend::BackendTraits& ways() const;
  // Whether its waits are answers of a service.
  bool real_waits() const { return waits != backend::WaitsBy::timer; }
  // Whether the shop's shelves have locks in this row.
  bool locked() const;
  // The workers that it asks for; `door`: of an open run, with a thread that is the door if it can choose.
  backend::Team team(backend::Load load = backend::Load::closed, bool door = false) const;
};

// A parameter of a row that is none of its workload's (workload::parameter_table): `name` stands in row
// names.
struct RowParameter {
  std::string_view name;
  std::string_view help;
};

// All of them but cores and workers, in the order in which they appear in row names.
std::span<const RowParameter> row_parameter_table();

// Reads a row's name. `tasks:x2` means twice the default size. Throws std::invalid_argument with one line
// that says what is wrong with it; the workload, the backend and what they allow together are checked.
Row parse_row(std::string_view name);

// Reads <workload>/<backend>/<name>:<value>/... : hands each name and value to `set`. Throws
// std::invalid_argument for a part without a colon, and for an unknown workload or backend.
void parse_row_parts(std::string_view name, Row& row,
                     const std::function<void(std::string_view, std::string_view)>& set);

// Checks a row that was put together by hand. Throws std::invalid_argument.
void check_row(const Row& row);

// The part of it that concerns the shape of service: given for that alone, and nothing of a shop with it.
void check_shape(const Row& row);

// The part of it that concerns the workers alone.
void check_team(const Row& row);

// Reads what waits are made of: timer, unix or tcp. Throws std::invalid_argument.
backend::WaitsBy parse_waits(std::string_view text);
std::string_view waits_name(backend::WaitsBy waits);

// Throws std::invalid_argument for a row whose waits are real: `what` goes by timers alone.
void require_timers(const Row& row, std::string_view what);

// Checks what depends on the mask that the process has, once it has it. Throws std::invalid_argument.
void check_placement(const Row& row);

// To be called before the first pool of a process is made, with all its rows (backend::expect_pools).
void expect_pools_of(const std::vector<Row>& rows);

// Sets one parameter by the name that it has in a row's name. Throws std::invalid_argument.
void set_parameter(Row& row, std::string_view name, std::string_view value);

}  // namespace bookstore
