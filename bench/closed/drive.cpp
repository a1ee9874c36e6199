#include "bench/closed/drive.hpp"

#if __has_include(<valgrind/callgrind.h>)
#  include <valgrind/callgrind.h>
#endif

#include <algorithm>
#include <concepts>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/closed/measured_run.hpp"
#include "bench/gate/slowed.hpp"
#include "bench/measure/machine/mask.hpp"
#include "bench/rows/sizes.hpp"
#include "bench/shell/exit_code.hpp"
#include "bench/shell/numbers.hpp"

namespace bookstore {

namespace {

constexpr double batch_run_ns = 1.2 * batch_ns;  // a little over, so that one run fills a batch
constexpr int most_runs = 10'000;

#ifdef CALLGRIND_START_INSTRUMENTATION
constexpr bool can_count = true;
void start_counting() { CALLGRIND_START_INSTRUMENTATION; }
void stop_counting() { CALLGRIND_STOP_INSTRUMENTATION; }
#else
constexpr bool can_count = false;
void start_counting() {}
void stop_counting() {}
#endif

// A wait takes no time: the clock jumps to its end. Each reading moves it on by a little, so that waits end
// while other tasks still work, as they do in real time.
class VirtualClock {
 public:
  explicit VirtualClock(std::int64_t& now) : now_(&now) {}
  std::int64_t now() const { return *now_ += 1000; }
  void sleep_until(std::int64_t deadline) const { *now_ = std::max(*now_, deadline); }

 private:
  std::int64_t* now_;
};

// One row, set up: the plan, what it must end in, the workers.
template <class Shop>
class Driven {
 public:
  Driven(const Row& row, double planted)
      : row_(row),
        planted_(planted),
        plan_(make_plan<Shop>(row)),
        expected_(do_reference<Shop>(plan_, 1).digest),
        backend_(make_backend(row, row.team())) {
    if (row.in_flight != 0) door_.in_flight = row.in_flight;
    measure::call_roll(backend_, row.team());
  }

  std::uint64_t digest() const { return expected_; }
  std::uint32_t tasks() const { return plan_.size(); }

  // One run on a new shop; the time between its first task and its last.
  std::int64_t run_timed() {
    Shop shop(plan_);
    shop.open();
    std::int64_t ns = 0;
    with_planted(shop, planted_, [&]<class J>(J& job) {
      if constexpr (std::same_as<J, Shop>)
        ns = backend_.run(job, door_, backend::NoProbe{}).ns();
      else  // what the call through a pointer adds is part of no slowdown that is worth planting
        ns = backend_.run(job, door_).ns();
    });
    prove(shop);
    return ns;
  }

  // One run on a new shop, in virtual time, for callgrind. Precondition: the backend is single-threaded.
  void run_counted() {
    Shop shop(plan_);
    Shop twin(plan_);
    shop.open();
    twin.open();
    std::int64_t now = 0;
    const auto counted = [&](auto& job) {
      backend_.visit([&]<class Backend>(Backend& backend) {
        if constexpr (Backend::traits.single_threaded) {
          start_counting();
          backend.run(job, door_, backend::NoProbe{}, backend::Timers(VirtualClock(now)));
          stop_counting();
        }
      });
    };
    if (planted_ > 0) {
      Echoed echoed(shop, twin, planted_);
      counted(echoed);
    } else {
      counted(shop);
    }
    prove(shop);
  }

 private:
  void prove(Shop& shop) {
    shop.close();
    prove_result(row_, shop, expected_);
  }

  Row row_;
  double planted_;
  typename Shop::Plan plan_;
  std::uint64_t expected_;
  backend::AnyBackend backend_;
  backend::AllAtOnce door_;
};

template <class Driven>
void count(const Row& row, Driven& driven, long long runs) {
  for (long long run = 0; run < runs; ++run) driven.run_counted();
  answer({{"row", row.name()},
          {"digest", hexadecimal(driven.digest())},
          {"runs", runs},
          {"tasks", runs * driven.tasks()}});
}

long long parse_runs(const std::string& text) {
  return text.empty() ? 0 : parse_whole("instructions", text, 1, most_runs);
}

template <class Shop>
void drive_row(const Row& row, double planted, long long counted_runs,
               std::optional<std::uint64_t> expected) {
  Driven<Shop> driven(row, planted);
  prove_expected(row, driven.digest(), expected);
  if (counted_runs == 0) {
    const auto run = [&driven] { return driven.run_timed(); };
    time_batch(warm_up_ns, driven.tasks(), run);
    serve({row.name(), driven.digest(), driven.tasks(),
           [&] { return time_batch(batch_ns, driven.tasks(), run); }});
  } else {
    count(row, driven, counted_runs);
  }
}

}  // namespace

void add_counting_options(CommandLine& line, DriveOptions& options) {
  line.text("instructions", options.instructions,
            "With --drive, under callgrind: so many runs in virtual time");
}

int drive(std::vector<Row> rows, const DriveOptions& options, std::optional<std::uint64_t> expected) {
  Row& row = only_row(rows);
  require_timers(row, "--drive");
  if (row.slow != 1)
    throw std::invalid_argument("--drive compares builds by workers that are alike; leave out slow");
  if (!row.tasks_given) {
    row.tasks_factor *= batch_run_ns / usual_run_ns;
    choose_tasks(row, measure::machine_cores());
  }
  if (row.is_virtual())
    throw std::invalid_argument("--drive compares builds by the machine's time; " + row.backend +
                                " has its own, name another backend");
  const double planted = options.planted();
  const long long counted_runs = parse_runs(options.instructions);
  if (counted_runs > 0 && !can_count)
    throw std::invalid_argument(
        "--instructions needs valgrind's headers at build time: install valgrind, build again");
  const auto& traits = backend::find_backend(row.backend);
  if (counted_runs > 0 && !traits.single_threaded)
    throw std::invalid_argument("--instructions counts single-threaded backends only; " + row.backend +
                                " is none");
  with_backend_and_shop(row, [&]<class Backend, class Shop>() {
    if constexpr (!runs_in_virtual_time<Backend>) drive_row<Shop>(row, planted, counted_runs, expected);
  });
  return exit_fine;
}

}  // namespace bookstore
