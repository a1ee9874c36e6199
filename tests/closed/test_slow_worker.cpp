#include "bench/closed/slow_worker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "bench/closed/measured_run.hpp"
#include "tests/support/shop.hpp"
#include "tests/support/signatures.hpp"

namespace bookstore {
namespace {

// Counts the steps that are run in it.
class CountedJob {
 public:
  explicit CountedJob(std::uint32_t tasks) : steps_(tasks, 0) {}
  std::uint32_t size() const { return static_cast<std::uint32_t>(steps_.size()); }
  Wait step(std::uint32_t task, std::uint32_t step) {
    ++steps_[task];
    return step == 0 ? 1'000 : done;
  }
  std::uint32_t steps(std::uint32_t task) const { return steps_[task]; }

 private:
  std::vector<std::uint32_t> steps_;
};

TEST(SlowFirstWorker, DoesEachOfItsStepsInEveryTwinToo) {
  backend::Threads backend(3);
  CountedJob job(300);
  std::deque<CountedJob> twins(3, CountedJob(300));
  std::vector<int> by(300, -1);
  SlowFirstWorker slow(job, twins, backend);
  backend.run(slow, backend::AllAtOnce{}, test::Signatures(by, backend));
  int first = 0;
  for (std::uint32_t task = 0; task < job.size(); ++task) {
    EXPECT_EQ(job.steps(task), 2u);
    for (const CountedJob& twin : twins) EXPECT_EQ(twin.steps(task), by[task] == 0 ? 2u : 0u) << task;
    first += by[task] == 0 ? 1 : 0;
  }
  EXPECT_GT(first, 0);
  EXPECT_LT(first, 300);
}

TEST(ARowWithASlowWorker, EndsInTheSameShopHoweverTasksAreSplit) {
  for (const std::string workload : {"shelving", "day", "service"}) {
    for (const auto& traits : backend::Registry::traits) {
      if (!traits.static_split) continue;
      for (const char* split : {"", "/static:1"}) {
        Row row = parse_row(workload + "/" + std::string(traits.name) + "/workers:2/tasks:60/slow:3" + split);
        row.cores = static_cast<int>(measure::allowed_cpus().size());
        row.parameters.wait_scale = 0.1;
        EXPECT_NO_THROW(measure_row(row, false)) << row.name();
      }
    }
  }
}

}  // namespace
}  // namespace bookstore
