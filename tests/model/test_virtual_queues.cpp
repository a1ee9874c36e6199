// The shop in virtual time, where all of it is a queue that theory knows.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "bench/model/queueing.hpp"
#include "bench/model/recursion.hpp"
#include "bench/model/virtual_shop.hpp"
#include "workloads/random.hpp"

namespace bookstore::model {
namespace {

// One line of tasks of one step each, which no one writes down; what each waited before it began.
class Queue : public ShopTasks {
 public:
  Queue(std::vector<std::int64_t> arrivals, std::vector<std::int64_t> services, const std::int64_t& clock)
      : starts(arrivals.size()),
        arrivals_(std::move(arrivals)),
        services_(std::move(services)),
        clock_(clock) {}

  std::uint32_t task_at(std::uint32_t, std::uint32_t place) override { return place; }
  std::int64_t arrival(std::uint32_t task) override { return arrivals_[task]; }
  std::uint32_t line_of(std::uint32_t) override { return 0; }
  void released(std::uint32_t, std::int64_t) override {}
  ShopWork begin(std::uint32_t, std::uint32_t task, std::uint32_t, std::vector<std::uint32_t>&) override {
    starts[task] = clock_;
    return {.free_ns = services_[task]};
  }
  std::int64_t end(std::uint32_t, std::uint32_t, std::uint32_t) override { return -1; }

  // In units of the mean service, of those after the first tenth.
  std::vector<double> waits() const {
    std::vector<double> waits;
    for (std::size_t task = starts.size() / 10; task < starts.size(); ++task)
      waits.push_back(static_cast<double>(starts[task] - arrivals_[task]) / unit);
    return waits;
  }
  std::vector<std::int64_t> starts;
  const std::vector<std::int64_t>& arrivals() const { return arrivals_; }
  const std::vector<std::int64_t>& services() const { return services_; }

  static constexpr double unit = 1e6;  // ns of a mean service

 private:
  std::vector<std::int64_t> arrivals_;
  std::vector<std::int64_t> services_;
  const std::int64_t& clock_;
};

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// A Poisson stream into c workers on as many cores, for nothing but the services; service(random) is in
// units. Overlapped workers are woken at each arrival, blocking ones have claimed it.
template <class Service>
Queue play_queue(std::uint64_t seed, std::uint32_t servers, double rate, std::uint32_t tasks, bool overlapped,
                 std::int64_t& clock, Service service) {
  SplitMix64 random{mix64(seed)};
  std::vector<std::int64_t> arrivals;
  std::vector<std::int64_t> services;
  double arrival = 0;
  for (std::uint32_t task = 0; task < tasks; ++task) {
    arrival += exponential(random) / rate;
    arrivals.push_back(std::llround(arrival * Queue::unit));
    services.push_back(std::llround(service(random) * Queue::unit));
  }
  clock = 0;
  Queue queue(arrivals, services, clock);
  ShopTeam team;
  team.cores = team.workers = servers;
  team.open = true;
  team.overlapped = overlapped;
  team.line_sizes = {tasks};
  play_shop(team, {.slice = std::numeric_limits<std::int64_t>::max() / 4}, queue, clock);
  return queue;
}

TEST(VirtualQueues, IsTheFirstComeQueueToTheNanosecond) {
  for (const std::uint32_t servers : {1U, 2U, 5U})
    for (const bool overlapped : {false, true}) {
      std::int64_t clock = 0;
      const Queue queue = play_queue(servers, servers, .9 * servers, 20'000, overlapped, clock,
                                     [](SplitMix64& random) { return exponential(random); });
      EXPECT_EQ(queue.starts, first_come_starts(queue.arrivals(), queue.services(), servers))
          << servers << overlapped;
    }
}

// The mean of so many plays' means, and half of its 95 % interval (Student's t).
struct Interval {
  double centre = 0;
  double half = 0;
  bool holds(double value) const { return std::abs(value - centre) <= half; }
};
Interval interval_of(const std::vector<double>& means) {
  constexpr double t_19 = 2.093;
  EXPECT_EQ(means.size(), 20U);
  double variance = 0;
  for (const double each : means) variance += std::pow(each - mean(means), 2) / 19;
  return {mean(means), t_19 * std::sqrt(variance / 20)};
}

template <class Service>
Interval mean_wait(std::uint64_t seed, std::uint32_t servers, double rate, std::uint32_t tasks,
                   Service service) {
  std::vector<double> means;
  for (std::uint64_t play = 0; play < 20; ++play) {
    std::int64_t clock = 0;
    means.push_back(mean(play_queue(100 * seed + play, servers, rate, tasks, false, clock, service).waits()));
  }
  return interval_of(means);
}

// Whether the mean over plays is the expected one, by an interval that misses it once in a thousand.
void expect_mean(const std::vector<double>& of_plays, double expected, const char* what) {
  constexpr double rarely = 3.883 / 2.093;  // Student's t, 99.9 % over 95 %
  const Interval found = interval_of(of_plays);
  EXPECT_LE(std::abs(found.centre - expected), rarely * found.half) << what;
  EXPECT_LT(found.half, .15 * expected) << what;
}

// Published answers, in units of the mean service.
TEST(VirtualQueues, WaitsAsErlangCSays) {
  struct Case {
    std::uint32_t servers;
    double rho, waits_at_all, mean_wait, p99_wait;
  };
  const auto service = [](SplitMix64& random) { return exponential(random); };
  for (const Case& each :
       {Case{1, .8, .8, 4, 21.910}, Case{2, .8, .711111, 1.777778, 10.66061},
        Case{2, .9, .852632, 4.263158, 22.22871}, Case{4, .8, .596432, .745541, 5.11048}}) {
    SCOPED_TRACE(std::to_string(each.servers) + " at " + std::to_string(each.rho));
    std::vector<double> waiting, means, tails;
    for (std::uint64_t play = 0; play < 20; ++play) {
      std::int64_t clock = 0;
      std::vector<double> waits = play_queue(100 * each.servers + play, each.servers, each.rho * each.servers,
                                             16'000, false, clock, service)
                                      .waits();
      const auto late = std::ranges::count_if(waits, [](double wait) { return wait > 0; });
      waiting.push_back(static_cast<double>(late) / static_cast<double>(waits.size()));
      means.push_back(mean(waits));
      std::ranges::sort(waits);
      tails.push_back(waits[waits.size() * 99 / 100]);
    }
    expect_mean(waiting, each.waits_at_all, "probability of waiting");
    expect_mean(means, each.mean_wait, "mean wait");
    expect_mean(tails, each.p99_wait, "p99 of waiting");
  }
}

TEST(VirtualQueues, ItsIntervalsHoldTheTruthAsOftenAsTheySay) {
  const auto service = [](SplitMix64& random) { return exponential(random); };
  const double expected = MMc(1, 1, 2).mean_wait();
  int held = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed)
    held += mean_wait(1000 + seed, 2, 1, 300, service).holds(expected) ? 1 : 0;
  // 57 are expected; fewer than 52 or all of 60 come once in a hundred and once in twenty.
  EXPECT_GE(held, 52);
  EXPECT_LT(held, 60);
}

TEST(VirtualQueues, WaitsAsPollaczekAndKhinchineSay) {
  const auto service = [](SplitMix64& random) { return random.below(10) == 0 ? 10.0 : 1.0; };
  const Interval found = mean_wait(7, 1, .4, 10'000, service);
  const double expected = mg1_mean_wait(.4, 1.9, 10.9);
  EXPECT_NEAR(expected, 9.083333, 1e-6);
  EXPECT_TRUE(found.holds(expected)) << found.centre << " +- " << found.half;
  EXPECT_LT(found.half, .2 * expected);
}

TEST(VirtualQueues, WaitsOfEqualServicesLieAsTheoryHasThem) {
  std::vector<double> at_most(5);
  const std::vector<double> times{0, 1, 2, 4};
  constexpr int plays = 20;
  for (std::uint64_t play = 0; play < plays; ++play) {
    std::int64_t clock = 0;
    const auto waits =
        play_queue(900 + play, 1, .8, 20'000, false, clock, [](SplitMix64&) { return 1.0; }).waits();
    for (std::size_t i = 0; i < times.size(); ++i)
      at_most[i] +=
          static_cast<double>(std::ranges::count_if(waits, [&](double w) { return w <= times[i]; })) /
          static_cast<double>(waits.size()) / plays;
  }
  for (std::size_t i = 0; i < times.size(); ++i)
    EXPECT_NEAR(at_most[i], md1_wait_at_most(.8, 1, times[i]), .01) << times[i];
}

// Tasks that go round between work and wait, both exponential, for ever.
class Circle : public ShopTasks {
 public:
  Circle(std::uint64_t seed, double think, std::uint32_t rounds)
      : random_{mix64(seed)}, think_(think), rounds_(rounds) {}

  std::uint32_t task_at(std::uint32_t, std::uint32_t place) override { return place; }
  std::int64_t arrival(std::uint32_t) override { return 0; }
  std::uint32_t line_of(std::uint32_t) override { return 0; }
  void released(std::uint32_t, std::int64_t) override {}
  ShopWork begin(std::uint32_t, std::uint32_t, std::uint32_t, std::vector<std::uint32_t>&) override {
    return {.free_ns = std::llround(exponential(random_) * Queue::unit)};
  }
  std::int64_t end(std::uint32_t, std::uint32_t, std::uint32_t) override {
    ++steps;
    return steps >= rounds_ ? -1 : 1 + std::llround(think_ * exponential(random_) * Queue::unit);
  }

  std::uint32_t steps = 0;

 private:
  SplitMix64 random_;
  double think_;
  std::uint32_t rounds_;
};

// Whether a worker waits with its task and there are c cores, or one worker has all tasks: a closed network.
TEST(VirtualQueues, GoesRoundAsMeanValueAnalysisSays) {
  struct Case {
    std::uint32_t cores, tasks;
    bool overlapped;
    double throughput;
  };
  for (const Case& each :
       {Case{1, 4, false, .689320}, Case{1, 4, true, .689320}, Case{2, 8, false, 1.465957}}) {
    EXPECT_NEAR(closed_network(each.tasks, 1, each.cores, 4).throughput, each.throughput, 1e-6);
    std::vector<double> rates;
    for (std::uint64_t play = 0; play < 20; ++play) {
      std::int64_t clock = 0;
      Circle circle(5000 + play, 4, 40'000);
      ShopTeam team;
      team.cores = each.cores;
      team.workers = each.overlapped ? 1 : each.tasks;
      team.overlapped = each.overlapped;
      team.line_sizes = {each.tasks};
      play_shop(team, {.slice = std::numeric_limits<std::int64_t>::max() / 4}, circle, clock);
      rates.push_back(circle.steps * Queue::unit / static_cast<double>(clock));
    }
    const Interval found = interval_of(rates);
    EXPECT_TRUE(found.holds(each.throughput)) << found.centre << " +- " << found.half;
    EXPECT_LT(found.half, .01 * each.throughput);
  }
}

}  // namespace
}  // namespace bookstore::model
