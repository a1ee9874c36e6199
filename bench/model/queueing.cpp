#include "bench/model/queueing.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace bookstore::model {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

bool positive(double x) { return std::isfinite(x) && x > 0; }

// Erlang C through the recursion of Erlang B, which neither overflows nor cancels for any number of servers.
double erlang_c(std::size_t servers, double offered) {
  double blocking = 1;
  for (std::size_t k = 1; k <= servers; ++k)
    blocking = offered * blocking / (static_cast<double>(k) + offered * blocking);
  const double load = offered / static_cast<double>(servers);
  return blocking / (1 - load * (1 - blocking));
}

// The smallest t at which a falling tail reaches 1 - p, to the last digits of a double.
template <class Tail>
double tail_percentile(double p, double scale, Tail tail) {
  double low = 0;
  double high = scale;
  while (tail(high) > 1 - p) high *= 2;
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (tail(middle) > 1 - p ? low : high) = middle;
  }
  return high;
}

// P(more than k arrivals), k = 0 .. last, of a Poisson count with a mean below 1.
std::vector<double> poisson_tails(double mean, std::size_t last) {
  constexpr std::size_t beyond = 32;  // terms that a double still sees
  std::vector<double> tails(last + beyond);
  double term = std::exp(-mean);
  for (std::size_t k = 0; k < tails.size(); ++k) tails[k] = term *= mean / static_cast<double>(k + 1);
  // tails[k] is P(exactly k + 1). Summed from the far end, so that small tails keep their digits.
  for (std::size_t k = tails.size() - 1; k > 0; --k) tails[k - 1] += tails[k];
  return tails;
}

// Stationary P(in system <= n), n = 0 .. last, of M/D/1. Balance of the crossings of each level, seen at
// departures: every term is positive.
std::vector<double> md1_at_most(double load, std::size_t last) {
  const auto more_arrivals = poisson_tails(load, last);
  std::vector<double> state(last + 1);
  state[0] = 1 - load;
  for (std::size_t n = 0; n < last; ++n) {
    double up = state[0] * more_arrivals[n];
    for (std::size_t i = 1; i <= n; ++i) up += state[i] * more_arrivals[n - i + 1];
    state[n + 1] = up / std::exp(-load);  // down: from n + 1, in a service without arrivals
  }
  for (std::size_t n = 1; n <= last; ++n) state[n] += state[n - 1];
  return state;
}

}  // namespace

MMc::MMc(double arrival_rate, double service_rate, std::size_t servers)
    : arrival_rate_(arrival_rate), service_rate_(service_rate), servers_(servers) {
  require(positive(arrival_rate) && positive(service_rate), "rates must be finite and above 0");
  require(servers > 0, "a queue needs at least one server");
  spare_ = service_rate * static_cast<double>(servers) - arrival_rate;
  require(spare_ > 0,
          "the load must stay below the servers' rate: a queue that only grows has no steady state");
  waiting_ = erlang_c(servers, arrival_rate / service_rate);
}

double MMc::wait_tail(double t) const { return waiting_ * std::exp(-spare_ * t); }

double MMc::sojourn_tail(double t) const {
  // Wait plus an independent service, with the slower of the two decays taken out: it neither overflows far
  // out nor divides by zero where the decays are equal.
  const double slow = std::min(spare_, service_rate_);
  const double gap = std::abs(spare_ - service_rate_);
  const double both = gap * t > 0 ? -std::expm1(-gap * t) / gap : t;
  return std::exp(-service_rate_ * t) + waiting_ * service_rate_ * std::exp(-slow * t) * both;
}

double MMc::wait_percentile(double p) const {
  require(p > 0 && p < 1, "a percentile lies between 0 and 1, both excluded");
  return std::max(0.0, std::log(waiting_ / (1 - p)) / spare_);
}

double MMc::sojourn_percentile(double p) const {
  require(p > 0 && p < 1, "a percentile lies between 0 and 1, both excluded");
  return tail_percentile(p, 1 / service_rate_, [this](double t) { return sojourn_tail(t); });
}

double md1_wait_at_most(double arrival_rate, double service_time, double t) {
  require(positive(arrival_rate) && positive(service_time),
          "rate and service time must be finite and above 0");
  const double load = arrival_rate * service_time;
  require(load < 1, "the load must stay below 1: a queue that only grows has no steady state");
  require(std::isfinite(t) && t >= 0, "a wait is a finite time of at least 0");
  // k: the first whole number of services beyond t.
  const auto k = static_cast<std::size_t>(std::floor(t / service_time)) + 1;
  const auto at_most = md1_at_most(load, k);
  const double phase = arrival_rate * std::max(0.0, static_cast<double>(k) * service_time - t);
  double poisson = std::exp(-phase);
  double sum = 0;
  for (std::size_t j = 0; j < k; ++j) {
    sum += at_most[k - j] * poisson;
    poisson *= phase / static_cast<double>(j + 1);
  }
  return std::min(1.0, sum);
}

double mg1_mean_wait(double arrival_rate, double service_mean, double service_second_moment) {
  require(positive(arrival_rate) && positive(service_mean) && positive(service_second_moment),
          "rate and moments must be finite and above 0");
  require(service_second_moment >= service_mean * service_mean * (1 - 1e-12),
          "the second moment is at least the square of the mean");
  const double load = arrival_rate * service_mean;
  require(load < 1, "the load must stay below 1: a queue that only grows has no steady state");
  return arrival_rate * service_second_moment / (2 * (1 - load));
}

Closed closed_network(std::size_t tasks, double service_time, std::size_t servers, double think_time) {
  require(tasks > 0 && servers > 0, "a closed network needs at least one task and one server");
  require(positive(service_time), "the service time must be finite and above 0");
  require(std::isfinite(think_time) && think_time >= 0, "the think time must be finite and at least 0");
  // Weight of k tasks at the station, from all of them downwards: a think time of 0 then needs no case of its
  // own.
  double weight = 1;
  double total = 0;
  double busy = 0;
  double present = 0;
  for (std::size_t k = tasks; k > 0; --k) {
    const auto serving = static_cast<double>(std::min(k, servers));
    total += weight;
    busy += weight * serving;
    present += weight * static_cast<double>(k);
    weight *= think_time * serving / (static_cast<double>(tasks - k + 1) * service_time);
    if (weight > 1e200) {  // only ratios matter
      for (double* sum : {&weight, &total, &busy, &present}) *sum *= 1e-200;
    }
  }
  total += weight;
  return {busy / total / service_time, present / busy * service_time, present / total};
}

}  // namespace bookstore::model
