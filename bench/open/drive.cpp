#include "bench/open/drive.hpp"

#include <algorithm>
#include <concepts>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/closed/measured_run.hpp"
#include "bench/measure/probes/stamps.hpp"
#include "bench/measure/statistics/percentiles.hpp"
#include "bench/open/open_run.hpp"
#include "bench/rows/work.hpp"
#include "bench/seam/limits.hpp"
#include "bench/shell/exit_code.hpp"

namespace bookstore {

namespace {

// Long enough for a hundred customers at the default rates, short enough that a trial of five rounds of three
// processes takes half a second.
constexpr double batch_seconds = 0.025;
// From the start of a batch to its first possible arrival: the workers have gone to sleep by then.
constexpr std::int64_t batch_lead_ns = 1'000'000;

Row closed_row(const OpenRow& row, std::size_t tasks) {
  Row closed = row.row;
  closed.parameters.tasks = static_cast<double>(tasks);
  return closed;
}

// One row, set up: schedule and plan, what it must end in, the workers.
template <class Shop>
class DrivenOpen {
 public:
  DrivenOpen(const OpenRow& row, double planted)
      : row_(row),
        planted_(planted),
        arrivals_(make_arrivals(row)),
        plan_(make_plan<Shop>(closed_row(row, arrivals_.size()))),
        expected_(do_reference<Shop>(plan_, 1).digest),
        backend_(row.row.backend, row.team(), backend::Load::open) {
    measure::call_roll(backend_, row.team(), backend::Load::open);
  }

  std::uint64_t digest() const { return expected_; }
  std::uint32_t tasks() const { return plan_.size(); }

  nlohmann::json run_batch() {
    const std::vector<measure::TaskRecord> records = run();
    std::vector<std::int64_t> latencies;
    for (const measure::TaskRecord& record : records) {
      if (record.finishes != 1)
        throw workload::WrongResult(row_.name() + ": a task finished " + std::to_string(record.finishes) +
                                    " times");
      latencies.push_back(record.finished - record.intended);
    }
    return {{"latency_p50_ns", measure::percentile(latencies, 0.5).value},
            {"latency_p99_ns", measure::percentile(latencies, 0.99).value},
            {"runs", 1},
            {"tasks", latencies.size()}};
  }

 private:
  // One run on a new shop; times of the records count from its start.
  std::vector<measure::TaskRecord> run() {
    std::vector<measure::TaskRecord> records = make_records(arrivals_);
    measure::FlightCounters counters(row_.row.workers + 2);
    Shop shop(plan_);
    shop.open();
    std::int64_t start = 0;
    with_planted(shop, planted_, [&]<class J>(J& job) {
      start = backend::SteadyClock{}.now() + batch_lead_ns;
      const backend::Schedule door{.at = arrivals_, .start = start};
      const measure::Stamps<> stamps(records, counters);
      if constexpr (std::same_as<J, Shop>) {
        backend_.run(job, door, stamps);
      } else {
        backend::AnyJob any(job);
        backend_.run(any, door, stamps);
      }
    });
    shop.close();
    prove_result(row_.row, shop, expected_);
    set_start(records, start);
    return records;
  }

  OpenRow row_;
  double planted_;
  std::vector<std::int64_t> arrivals_;
  typename Shop::Plan plan_;
  std::uint64_t expected_;
  backend::AnyBackend backend_;
};

void check_drivable(const OpenRow& row) {
  if (row.row.is_virtual())
    throw std::invalid_argument("--drive compares builds by the machine's time; " + row.row.backend +
                                " has its own, name another backend");
  if (row.is_null()) throw std::invalid_argument("--drive compares results, and null has none; name another");
  if (row.fraction > 0)
    throw std::invalid_argument("--drive compares builds at one rate; give rate, leave out fraction and of");
  if (!row.trace.empty())
    throw std::invalid_argument("--drive makes its arrivals from the row's name; give rate, leave out trace");
}

}  // namespace

int drive_open(std::vector<OpenRow> rows, const DriveOptions& options) {
  OpenRow& row = only_row(rows);
  check_drivable(row);
  require_timers(row.row, "--drive");
  if (std::ranges::count(row.given, "duration") == 0) row.schedule.duration = batch_seconds;
  with_backend_and_shop(row.row, [&]<class Backend, class Shop>() {
    if constexpr (!runs_in_virtual_time<Backend>) {
      DrivenOpen<Shop> driven(row, options.planted());
      driven.run_batch();  // warms caches and workers
      serve({row.name(), driven.digest(), driven.tasks(), [&driven] { return driven.run_batch(); }});
    }
  });
  return exit_fine;
}

}  // namespace bookstore
