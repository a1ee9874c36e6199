// What a run proves of itself: planted faults are found.
#include <gtest/gtest.h>

#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>

#include "bench/closed/measured_run.hpp"
#include "tests/support/shop.hpp"

namespace bookstore {
namespace {

Row row_of(const std::string& workload) {
  Row row;
  row.workload = workload;
  row.backend = "faulty";
  row.cores = static_cast<int>(measure::allowed_cpus().size());
  row.parameters = test::small_day(60);
  row.parameters.wait_scale = 0;
  return row;
}

enum class Fault { none, skips_a_task, repeats_a_task, steps_backwards, too_many_threads };

// Runs everything on the calling thread, but for its fault, which shows only in jobs of more than one task.
template <Fault fault>
struct Faulty {
  static constexpr backend::BackendTraits traits{"faulty", backend::Waits::blocking, true, false};

  explicit Faulty(const backend::Team&, backend::Load = backend::Load::closed) {}
  int workers() const { return 1; }
  int worker() const { return 0; }

  template <class J, class Door, class P = backend::NoProbe>
  backend::Elapsed run(J& job, const Door&, P probe = {}) {
    const backend::Timers<> waiter;
    const std::int64_t begin = waiter.clock().now();
    const bool whole = job.size() == 1;
    for (std::uint32_t task = 0; task < job.size(); ++task) {
      if (fault == Fault::skips_a_task && !whole && task == 7) continue;
      if (fault == Fault::steps_backwards && !whole && task == 7) job.step(task, 1);
      if (fault == Fault::too_many_threads && !whole && task == 7)
        std::thread([&] { backend::run_task_blocking(job, probe, waiter, task); }).join();
      else
        backend::run_task_blocking(job, probe, waiter, task);
      if (fault == Fault::repeats_a_task && !whole && task == 7)
        backend::run_task_blocking(job, probe, waiter, task);
    }
    return {begin, waiter.clock().now()};
  }
};

template <Fault fault>
RunFigures run_of(const std::string& workload, bool memory = false) {
  return measure_run<Faulty<fault>, workload::Shop<workload::NoLocks>>(row_of(workload), memory);
}

TEST(ProofOfARun, PassesWhenAllIsWell) {
  for (const char* workload : {"shelving", "counter", "errands", "day"}) {
    const RunFigures figures = run_of<Fault::none>(workload);
    EXPECT_EQ(figures.effective_workers, 1);
    EXPECT_EQ(figures.digest,
              test::direct_digest(workload::Plan(workload::find_mix(workload), row_of(workload).parameters)));
    EXPECT_GT(figures.run_ns, 0);
    EXPECT_GT(figures.work_ns, 0);
    EXPECT_EQ(run_of<Fault::none>(workload, true).digest, figures.digest) << "with memory";
  }
}

TEST(ProofOfARun, FindsATaskThatWasSkipped) {
  for (const char* workload : {"shelving", "counter", "errands", "day"})
    EXPECT_THROW(run_of<Fault::skips_a_task>(workload), workload::WrongResult) << workload;
}

TEST(ProofOfARun, FindsATaskThatRanTwiceOrOutOfOrder) {
  for (const char* workload : {"shelving", "counter", "errands", "day"}) {
    EXPECT_THROW(run_of<Fault::repeats_a_task>(workload), std::logic_error) << workload;
    EXPECT_THROW(run_of<Fault::steps_backwards>(workload), std::logic_error) << workload;
  }
}

TEST(ProofOfARun, FindsMoreThreadsThanWorkers) {
  try {
    run_of<Fault::too_many_threads>("counter");
    FAIL() << "two threads passed for one worker";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("2 threads ran tasks"), std::string::npos) << error.what();
  }
}

TEST(ProofOfARun, FindsAnotherMaskThanTheRowClaims) {
  Row row = row_of("counter");
  row.cores += 1;
  using Honest = Faulty<Fault::none>;
  EXPECT_THROW((measure_run<Honest, workload::Shop<workload::NoLocks>>(row, false)), std::runtime_error);
}

TEST(ProofOfARun, FindsAWrongDigestThoughAllSumsAreRight) {
  const Row row = row_of("counter");
  const workload::Plan plan(workload::find_mix(row.workload), row.parameters);
  workload::Shop<workload::NoLocks> shop(plan);
  shop.open();
  do_directly(shop);
  shop.close();
  EXPECT_NO_THROW(prove_result(row, shop, shop.digest()));
  EXPECT_THROW(prove_result(row, shop, shop.digest() ^ 1), workload::WrongResult);
}

TEST(MeasuredRow, ProvesTheWorkersOfEveryBackend) {
  for (const auto& traits : backend::Registry::traits) {
    Row row = row_of("day");
    row.backend = traits.name;
    row.workers = traits.single_threaded ? 1 : 3;
    const RunFigures figures = measure_row(row, false);
    EXPECT_GE(figures.effective_workers, 1) << traits.name;
    EXPECT_LE(figures.effective_workers, row.workers) << traits.name;
    EXPECT_GT(figures.open_ns, 0) << traits.name;
    EXPECT_GT(figures.close_ns, 0) << traits.name;
  }
}

TEST(MeasuredRow, TakesTheShelvesLocksWhereTheRowSaysSo) {
  Row row = row_of("counter");
  row.backend = "sequential";
  const std::uint64_t digest = measure_row(row, false).digest;
  row.locks = true;
  EXPECT_EQ(measure_row(row, false).digest, digest);
}

// glibc leaves the atomic operations out of the locks of a process that has one thread.
TEST(LocksOfARow, CostWhatTheyCostAPool) {
  Row row = row_of("shelving");
  for (const auto& traits : backend::Registry::traits) {
    row.backend = traits.name;
    row.locks = traits.single_threaded;
    bool visited = false;
    with_backend_and_shop(row, [&]<class Backend, class Shop>() {
      visited = true;
      EXPECT_TRUE((std::same_as<Shop, workload::Shop<workload::ShelfLocks>>)) << traits.name;
      EXPECT_GE(measure::thread_count(), 2) << traits.name;
    });
    EXPECT_TRUE(visited) << traits.name;
  }
}

}  // namespace
}  // namespace bookstore
