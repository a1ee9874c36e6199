#include "bench/model/queueing.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "bench/model/recursion.hpp"
#include "workloads/random.hpp"

namespace bookstore::model {
namespace {

struct ErlangCase {
  std::size_t servers;
  double load;
  double waiting;
  double mean_wait;
  double wait_p99;
  double sojourn_p99;
};

class ErlangC : public ::testing::TestWithParam<ErlangCase> {};

TEST_P(ErlangC, GivesThePublishedValues) {
  const auto& known = GetParam();
  const MMc queue(known.load * static_cast<double>(known.servers), 1, known.servers);
  EXPECT_NEAR(queue.waiting_probability(), known.waiting, 1e-6);
  EXPECT_NEAR(queue.mean_wait(), known.mean_wait, 1e-6);
  EXPECT_NEAR(queue.mean_sojourn(), known.mean_wait + 1, 1e-6);
  EXPECT_NEAR(queue.wait_percentile(.99), known.wait_p99, 1e-3);
  EXPECT_NEAR(queue.sojourn_percentile(.99), known.sojourn_p99, 1e-3);
  EXPECT_DOUBLE_EQ(queue.utilisation(), known.load);
}

INSTANTIATE_TEST_SUITE_P(Textbook, ErlangC,
                         ::testing::Values(ErlangCase{1, .8, .8, 4, 21.910, 23.026},
                                           ErlangCase{2, .8, .711111, 1.777778, 10.66061, 11.93737},
                                           ErlangCase{2, .9, .852632, 4.263158, 22.22871, 23.34443},
                                           ErlangCase{4, .8, .596432, .745541, 5.11048, 6.89320}));

TEST(MMc, TimesScaleWithTheService) {
  const MMc unit(.8, 1, 1);
  const MMc fast(800, 1000, 1);
  EXPECT_NEAR(fast.mean_wait() * 1000, unit.mean_wait(), 1e-9);
  EXPECT_NEAR(fast.sojourn_percentile(.99) * 1000, unit.sojourn_percentile(.99), 1e-9);
}

TEST(MMc, PercentilesInvertTheTails) {
  const MMc queue(1.4, 1, 2);
  for (const double p : {.5, .9, .99, .999}) {
    EXPECT_NEAR(queue.sojourn_tail(queue.sojourn_percentile(p)), 1 - p, 1e-12);
    if (queue.wait_percentile(p) > 0) {
      EXPECT_NEAR(queue.wait_tail(queue.wait_percentile(p)), 1 - p, 1e-12);
    }
  }
}

TEST(MMc, WaitPercentileIsZeroWhileFewWait) {
  const MMc queue(.2, 1, 1);  // a fifth of the tasks wait
  EXPECT_EQ(queue.wait_percentile(.5), 0);
  EXPECT_GT(queue.wait_percentile(.9), 0);
}

// Two servers at half load: the decay of the wait equals that of the service, where the usual formula divides
// by 0.
TEST(MMc, SojournTailHoldsWhereTheDecaysAreEqual) {
  const MMc queue(1, 1, 2);
  const double c = queue.waiting_probability();
  EXPECT_NEAR(c, 1.0 / 3, 1e-12);
  for (const double t : {.5, 2.0, 7.0}) EXPECT_NEAR(queue.sojourn_tail(t), std::exp(-t) * (1 + c * t), 1e-12);
  const MMc near(1 + 1e-9, 1, 2);
  EXPECT_NEAR(near.sojourn_tail(2), queue.sojourn_tail(2), 1e-8);
}

TEST(MMc, SojournOfOneServerIsExponentialHoweverFarOut) {
  const MMc queue(.999, 1, 1);
  for (const double t : {1.0, 1000.0, 20000.0})
    EXPECT_NEAR(queue.sojourn_tail(t) / std::exp(-.001 * t), 1, 1e-9) << "t = " << t;
}

TEST(MMc, HoldsForManyServers) {
  const MMc queue(950, 1, 1000);
  EXPECT_GT(queue.waiting_probability(), 0);
  EXPECT_LT(queue.waiting_probability(), 1);
  EXPECT_NEAR(queue.mean_wait() * 50, queue.waiting_probability(), 1e-12);
}

TEST(MMc, AgreesWithSimulation) {
  SplitMix64 random{7};
  constexpr std::size_t tasks = 1'000'000;
  std::vector<std::int64_t> arrivals(tasks);
  std::vector<std::int64_t> services(tasks);
  double time = 0;
  for (std::size_t i = 0; i < tasks; ++i) {
    arrivals[i] = static_cast<std::int64_t>(time += 1e6 * exponential(random) / 2.4);
    services[i] = static_cast<std::int64_t>(1e6 * exponential(random));
  }
  const MMc queue(2.4, 1, 3);
  const auto starts = first_come_starts(arrivals, services, 3);
  double wait = 0;
  double waiting = 0;
  double above = 0;
  for (std::size_t i = 0; i < tasks; ++i) {
    wait += static_cast<double>(starts[i] - arrivals[i]) / 1e6;
    waiting += starts[i] > arrivals[i] ? 1 : 0;
    above += static_cast<double>(starts[i] + services[i] - arrivals[i]) > 1e6 * queue.sojourn_percentile(.9)
                 ? 1
                 : 0;
  }
  EXPECT_NEAR(wait / tasks, queue.mean_wait(), .05 * queue.mean_wait());
  EXPECT_NEAR(waiting / tasks, queue.waiting_probability(), .02);
  EXPECT_NEAR(above / tasks, .1, .01);
}

TEST(MD1, GivesThePublishedDistribution) {
  EXPECT_NEAR(md1_wait_at_most(.8, 1, 0), .2, 1e-12);
  EXPECT_NEAR(md1_wait_at_most(.8, 1, 1), .445108, 1e-6);
  EXPECT_NEAR(md1_wait_at_most(.8, 1, 2), .634520, 1e-6);
  EXPECT_NEAR(md1_wait_at_most(.8, 1, 4), .845375, 1e-6);
  EXPECT_NEAR(md1_wait_at_most(400, .002, .008), .845375, 1e-6);
}

// Erlang's alternating sum, exact for short waits, between the multiples of the service time too.
TEST(MD1, AgreesWithErlangsSum) {
  for (const double t : {.3, .99, 1.5, 2.25, 6.7}) {
    double sum = 0;
    for (int k = 0; k <= static_cast<int>(t); ++k)
      sum += std::pow(-.7 * (t - k), k) / std::tgamma(k + 1) * std::exp(.7 * (t - k));
    EXPECT_NEAR(md1_wait_at_most(.7, 1, t), .3 * sum, 1e-10) << "t = " << t;
  }
}

TEST(MD1, MeanOfTheDistributionIsPollaczekKhinchine) {
  double mean = 0;
  constexpr double step = .05;
  for (double t = step / 2; t < 60; t += step) mean += step * (1 - md1_wait_at_most(.8, 1, t));
  EXPECT_NEAR(mean, mg1_mean_wait(.8, 1, 1), 1e-3);
}

TEST(MD1, StaysAProbabilityFarOut) {
  double before = 0;
  for (double t = 0; t < 200; t += 7.3) {
    const double at_most = md1_wait_at_most(.95, 1, t);
    EXPECT_GE(at_most, before);
    EXPECT_LE(at_most, 1);
    before = at_most;
  }
  EXPECT_GT(before, .999999);
}

TEST(MG1, GivesThePublishedMeanWait) {
  EXPECT_NEAR(mg1_mean_wait(.4, .9 * 1 + .1 * 10, .9 * 1 + .1 * 100), 9.083333, 1e-6);
}

TEST(MG1, IsErlangCForExponentialService) {
  EXPECT_NEAR(mg1_mean_wait(.8, 1, 2), MMc(.8, 1, 1).mean_wait(), 1e-12);
}

TEST(ClosedNetwork, GivesThePublishedValues) {
  const auto one = closed_network(4, 1, 1, 4);
  EXPECT_NEAR(one.throughput, .689320, 1e-6);
  EXPECT_NEAR(one.sojourn, 1.802817, 1e-6);
  const auto two = closed_network(8, 1, 2, 4);
  EXPECT_NEAR(two.throughput, 1.465957, 1e-6);
  EXPECT_NEAR(two.sojourn, 1.457185, 1e-6);
}

// Mean value analysis of Reiser and Lavenberg for c servers, with the marginal probabilities of its busy
// states.
Closed mean_value_analysis(std::size_t tasks, double service, std::size_t servers, double think) {
  const auto c = static_cast<double>(servers);
  std::vector<double> busy(servers, 0);  // P(k at the station), k < servers
  busy[0] = 1;
  Closed now;
  for (std::size_t n = 1; n <= tasks; ++n) {
    double idle = 0;
    for (std::size_t k = 0; k + 1 < servers; ++k) idle += (c - 1 - static_cast<double>(k)) * busy[k];
    now.sojourn = service / c * (1 + now.in_station + idle);
    now.throughput = static_cast<double>(n) / (think + now.sojourn);
    now.in_station = now.throughput * now.sojourn;
    const auto before = busy;
    double used = 0;
    for (std::size_t k = 1; k < servers; ++k) {
      busy[k] = service * now.throughput * before[k - 1] / static_cast<double>(k);
      used += (c - static_cast<double>(k)) * busy[k];
    }
    busy[0] = 1 - (service * now.throughput + used) / c;
  }
  return now;
}

TEST(ClosedNetwork, AgreesWithMeanValueAnalysis) {
  for (const std::size_t servers : {1, 2, 3})
    for (const std::size_t tasks : {1, 2, 5, 12}) {
      const auto product = closed_network(tasks, .7, servers, 3.1);
      const auto analysis = mean_value_analysis(tasks, .7, servers, 3.1);
      EXPECT_NEAR(product.throughput, analysis.throughput, 1e-9);
      EXPECT_NEAR(product.sojourn, analysis.sojourn, 1e-9);
      EXPECT_NEAR(product.in_station, analysis.in_station, 1e-9);
    }
}

TEST(ClosedNetwork, KeepsItsBounds) {
  EXPECT_DOUBLE_EQ(closed_network(1, 2, 1, 8).throughput, .1);   // alone: nobody waits
  EXPECT_DOUBLE_EQ(closed_network(10, 2, 4, 0).throughput, 2.);  // no think time: all servers busy
  EXPECT_DOUBLE_EQ(closed_network(3, 2, 4, 0).throughput, 1.5);
  const auto crowd = closed_network(100'000, 1, 64, 10);  // saturated: response law R = N / X - Z
  EXPECT_NEAR(crowd.throughput, 64, 1e-9);
  EXPECT_NEAR(crowd.sojourn, 100'000 / 64.0 - 10, 1e-6);
  const auto thinkers = closed_network(1000, 1e-6, 4, 1e6);
  EXPECT_NEAR(thinkers.sojourn, 1e-6, 1e-12);
}

TEST(Queueing, RefusesWhatHasNoSteadyState) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_THROW(MMc(1, 1, 1), std::invalid_argument);
  EXPECT_THROW(MMc(1, 1, 0), std::invalid_argument);
  EXPECT_THROW(MMc(-1, 1, 1), std::invalid_argument);
  EXPECT_THROW(MMc(nan, 1, 1), std::invalid_argument);
  EXPECT_THROW(MMc(1, infinite, 1), std::invalid_argument);
  EXPECT_THROW(MMc(.5, 1, 1).sojourn_percentile(1), std::invalid_argument);
  EXPECT_THROW(MMc(.5, 1, 1).wait_percentile(0), std::invalid_argument);
  EXPECT_THROW(md1_wait_at_most(1, 1, 1), std::invalid_argument);
  EXPECT_THROW(md1_wait_at_most(.5, 1, -1), std::invalid_argument);
  EXPECT_THROW(mg1_mean_wait(1, 1, 1), std::invalid_argument);
  EXPECT_THROW(mg1_mean_wait(.5, 1, .9), std::invalid_argument);
  EXPECT_THROW(closed_network(0, 1, 1, 1), std::invalid_argument);
  EXPECT_THROW(closed_network(1, 0, 1, 1), std::invalid_argument);
  EXPECT_THROW(closed_network(1, 1, 0, 1), std::invalid_argument);
  EXPECT_THROW(closed_network(1, 1, 1, -1), std::invalid_argument);
}

}  // namespace
}  // namespace bookstore::model
