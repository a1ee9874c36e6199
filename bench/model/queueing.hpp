// Textbook queues, first come first served, in steady state: what theory says of a pool before it is
// measured.
//
// Times are in one unit and rates in its inverse, the caller's. All functions are pure. Each throws
// std::invalid_argument for rates or times that are not finite and positive, no server, or a load that never
// settles.
#pragma once

#include <cstddef>

namespace bookstore::model {

// M/M/c: Poisson arrivals, exponential service, c servers.
// Source: L. Kleinrock, "Queueing Systems, volume 1: Theory", 1975, sections 3.5 and 5.
class MMc {
 public:
  MMc(double arrival_rate, double service_rate, std::size_t servers);

  double utilisation() const { return arrival_rate_ / (service_rate_ * static_cast<double>(servers_)); }
  // Erlang C: the part of the tasks that wait at all.
  double waiting_probability() const { return waiting_; }
  double mean_wait() const { return waiting_ / spare_; }
  double mean_sojourn() const { return mean_wait() + 1 / service_rate_; }
  // The part of the tasks that wait, or stay, longer than t >= 0.
  double wait_tail(double t) const;
  double sojourn_tail(double t) const;
  // Percentile 0 < p < 1, exact; of the wait it is 0 as long as no more than 1 - p of the tasks wait.
  double wait_percentile(double p) const;
  double sojourn_percentile(double p) const;

 private:
  double arrival_rate_;
  double service_rate_;
  std::size_t servers_;
  double spare_;    // service rate of all servers less the arrival rate
  double waiting_;  // Erlang C
};

// M/D/1: the part of the tasks that wait at most t >= 0, service time being constant. Takes (t /
// service_time)^2 steps. Source: G. J. Franx, "A simple solution for the M/D/c waiting time distribution",
// Operations Research Letters 29, 2001: a finite sum of positive terms, where the classic alternating one
// (Erlang 1909) cancels to nothing for long waits.
double md1_wait_at_most(double arrival_rate, double service_time, double t);

// M/G/1, Pollaczek and Khinchine: the mean wait from the first two moments of the service time.
double mg1_mean_wait(double arrival_rate, double service_mean, double service_second_moment);

// A closed network: `tasks` circulate between a station of c exponential servers and a delay (think time, any
// distribution) where none waits for another.
struct Closed {
  double throughput = 0;
  double sojourn = 0;  // mean time at the station, waiting included
  double in_station = 0;
};
// Exact. Computed from the product form, which gives what exact mean value analysis gives (M. Reiser and
// S. S. Lavenberg, JACM 27, 1980) without the loss of digits that its multi-server recursion has near
// saturation (G. Bolch et al., "Queueing Networks and Markov Chains", 2006, chapters 7 and 8).
Closed closed_network(std::size_t tasks, double service_time, std::size_t servers, double think_time);

}  // namespace bookstore::model
