// One open run: arrivals that keep their own times, stamps on every task, and the figures that follow from
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/measure/probes/cost.hpp"
#include "bench/measure/probes/flight_log.hpp"
#include "bench/measure/probes/floor.hpp"
#include "bench/measure/statistics/latency_window.hpp"
#include "bench/measure/statistics/validity.hpp"
#include "bench/rows/open_row.hpp"
#include "bench/rows/row_service.hpp"

namespace bookstore {

// Times in nanoseconds; those of the records count from the start of the run.
struct OpenFigures {
  // In order of their arrival; of a run that was ended early those who had arrived by then, unfinished where
  // they were sent away.
  std::vector<measure::TaskRecord> records;
  std::vector<double> alone_ns;  // by kind: what its steps take when nothing is in their way
  measure::Window window;
  measure::OpenRun observed;
  measure::Judgement judgement;
  measure::Cost cost;               // of the whole process, without the sampler of tasks in flight
  bool has_door = false;            // a thread that is no worker lets the tasks in
  std::int64_t door_cpu_ns = 0;     // of the thread that is the door, where one is nothing else
  std::int64_t sampler_cpu_ns = 0;  // of those who look on; left out of cost.cpu_ns
  std::int64_t run_ns = 0;
  int effective_workers = 0;
  // Tasks that wanted a worker at the same moment: those in the shop, or, where waits are overlapped, those
  // that had not begun.
  std::uint64_t most_at_once = 0;
  int effective_cores = 0;
  // Of waits that are real; where it had CPUs of its own, its lateness is part of what was asked.
  std::optional<ServiceFigures> service;
  measure::Hiccups before, after;  // right before and after the run
  std::vector<measure::FlightSample> in_flight;
  bool sampled_outside = false;  // by a thread on CPUs of its own; else by the threads of the run
  bool ended_early = false;      // see early_end.hpp
  std::uint64_t sent_away = 0;   // of the records those who were then
  std::uint64_t digest = 0;      // of the tasks that were done
};

// A record for every arrival, with its intended time filled in.
std::vector<measure::TaskRecord> make_records(const std::vector<std::int64_t>& arrivals);

// Makes the times of finished records, which are those of the run's clock, count from `start`; the intended
// ones do already.
void set_start(std::vector<measure::TaskRecord>& records, std::int64_t start);

// Runs the row on these arrivals, ends it early if it is hopeless, and proves its result. `arrivals` from
// make_arrivals, or any ascending times from 0. Throws workload::WrongResult, backend::LimitReached.
OpenFigures measure_open_row(const OpenRow& row, const std::vector<std::int64_t>& arrivals);

// Tasks per second of a closed run of the workload under a backend, with as many workers as the row has (one
// for a single-threaded backend): what `fraction` is a fraction of.
double closed_throughput(const OpenRow& row);

}  // namespace bookstore
