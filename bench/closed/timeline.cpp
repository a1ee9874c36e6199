#include "bench/closed/timeline.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "bench/closed/measured_run.hpp"
#include "bench/measure/probes/whereabouts.hpp"
#include "bench/rows/sizes.hpp"
#include "bench/shell/exit_code.hpp"
#include "bench/shell/json_text.hpp"
#include "bench/shell/side_file.hpp"

namespace bookstore {

namespace {

// A probe that keeps each step's span in a slot of its own: one writer a slot, no lock, nothing allocated
// while running.
class Recorder {
 public:
  struct Slot {
    int worker = -1;
    std::int64_t begin = 0;
    std::int64_t end = 0;
    Wait wait = 0;
  };

  Recorder(std::uint32_t tasks, std::uint32_t steps_per_task)
      : steps_per_task_(steps_per_task), slots_(std::size_t{tasks} * steps_per_task) {}

  template <class Backend, class Clock>
  class Handle {
   public:
    Handle(Recorder& recorder, const Backend& backend, const Clock& clock)
        : recorder_(&recorder), backend_(&backend), clock_(clock) {}
    void before(std::uint32_t task, std::uint32_t step) { recorder_->slot(task, step).begin = clock_.now(); }
    void released(std::uint32_t, std::int64_t) const {}
    void after(std::uint32_t task, std::uint32_t step, Wait wait) {
      Slot& slot = recorder_->slot(task, step);
      slot.end = clock_.now();
      slot.wait = wait;
      if constexpr (runs_in_virtual_time<Backend>)
        slot.worker = backend_->worker();
      else
        slot.worker = recorder_->workers_.here();
    }

   private:
    Recorder* recorder_;
    const Backend* backend_;
    Clock clock_;
  };

  Slot& slot(std::uint32_t task, std::uint32_t step) {
    return slots_.at(task * std::size_t{steps_per_task_} + step);
  }

 private:
  std::uint32_t steps_per_task_;
  std::vector<Slot> slots_;
  measure::ThreadIndex workers_;
};

template <class Backend>
auto clock_of(const Backend& backend) {
  if constexpr (runs_in_virtual_time<Backend>)
    return backend.clock();
  else
    return backend::SteadyClock{};
}

template <class Backend, class Shop>
std::vector<StepSpan> record(const Row& row, std::int64_t& run_ns) {
  const auto plan = make_plan<Shop>(row);
  const Reference reference = do_reference<Shop>(plan);
  auto backend = make_backend<Backend>(row, row.team());
  if constexpr (!runs_in_virtual_time<Backend>) measure::call_roll(backend, row.team());
  Shop shop(plan);
  const auto clock = clock_of(backend);
  Recorder recorder(plan.size(), most_steps(plan));
  std::vector<StepSpan> spans;
  const std::int64_t start = clock.now();
  // Opening and closing are alone in the shop and done by the first worker, as far as the picture goes.
  const auto alone = [&](workload::Kind kind, std::uint32_t task) {
    return [&, kind, task](auto&& job) {
      const std::int64_t begin = clock.now();
      backend.run(job, backend::AllAtOnce{});
      spans.push_back({0, task, info(kind).name, 0, begin - start, clock.now() - start, done});
      return clock.now() - begin;
    };
  };
  open_through(alone(workload::Kind::open_shop, plan.size()), shop);
  backend::AllAtOnce door;
  if (row.in_flight != 0) door.in_flight = row.in_flight;
  measure::Whereabouts whereabouts(backend.workers());
  const measure::Watched probe(whereabouts, backend, Recorder::Handle(recorder, backend, clock));
  if constexpr (runs_in_virtual_time<Backend>) {
    backend.run(shop, door, probe);
  } else {
    with_worker_speeds(row, backend, shop, [&](auto& job) {
      backend::Probed recorded(job, probe);
      backend.run(recorded, door);
    });
  }
  close_through(alone(workload::Kind::close_shop, plan.size() + 1), shop);
  run_ns = clock.now() - start;
  prove_result(row, shop, reference.digest);
  for (std::uint32_t task = 0; task < plan.size(); ++task) {
    for (std::uint32_t step = 0; step < most_steps(plan); ++step) {
      const auto& slot = recorder.slot(task, step);
      spans.push_back(
          {slot.worker, task, kind_name(plan, task), step, slot.begin - start, slot.end - start, slot.wait});
      if (slot.wait < 0) break;
    }
  }
  std::ranges::sort(spans, {}, &StepSpan::begin_ns);
  return spans;
}

}  // namespace

nlohmann::json record_timeline(const Row& row) {
  std::vector<StepSpan> spans;
  std::int64_t run_ns = 0;
  with_backend_and_shop(row,
                        [&]<class Backend, class Shop>() { spans = record<Backend, Shop>(row, run_ns); });
  const auto us = [](std::int64_t ns) { return static_cast<double>(ns) / 1000; };
  auto list = nlohmann::json::array();
  for (const StepSpan& span : spans)
    list.push_back({{"worker", span.worker},
                    {"task", span.task},
                    {"kind", span.kind},
                    {"step", span.step},
                    {"begin_us", us(span.begin_ns)},
                    {"end_us", us(span.end_ns)},
                    {"wait_us", span.wait_ns < 0 ? -1.0 : us(span.wait_ns)}});
  return {{"workload", row.workload},
          {"backend", row.backend},
          {"cores", row.cores},
          {"workers", row.workers},
          {"tasks", row.parameters.tasks},
          {"cpu_scale", row.parameters.cpu_scale},
          {"wait_scale", row.parameters.wait_scale},
          {"run_time_us", us(run_ns)},
          {"spans", std::move(list)}};
}

int write_timelines(const std::vector<Row>& rows, const std::string& path, const Patience& patience) {
  require_writable(path);
  for (const Row& row : rows) require_timers(row, "--timeline");
  auto list = nlohmann::json::array();
  for (const Row& row : rows) {
    const measure::Watchdog watchdog = patience.watch(row.name(), 2 * nominal_seconds(row));
    list.push_back(record_timeline(row));
  }
  write_whole(path, to_text({{"rows", list}}) + '\n');
  return exit_fine;
}

}  // namespace bookstore
