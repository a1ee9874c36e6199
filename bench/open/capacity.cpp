#include "bench/open/capacity.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace bookstore {

namespace {

// A rate as people write it: 32,000.
std::string grouped(double rate) {
  std::string digits = std::to_string(std::llround(rate));
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, ",");
  return digits;
}

class Search {
 public:
  Search(const CapacitySearch& search, const RunTrial& run)
      : search_(search), run_(run), seconds_left_(search.most_seconds * 2 / 3) {}

  Capacity find() {
    bracket();
    if (!swept_) find_failing();
    bisect();
    if (search_.both_ends) lower_failing();
    Capacity capacity;
    seconds_left_ = search_.most_seconds - seconds_spent_;
    capacity.passing = confirm(passed_, Trial::pass, capacity.passing_confirmed);
    capacity.failing = confirm(failed_, Trial::fail, capacity.failing_confirmed);
    capacity.unclear = static_cast<int>(std::ranges::count_if(unclear_, [&](double rate) {
      return rate > capacity.passing && (capacity.failing == 0 || rate < capacity.failing);
    }));
    capacity.runs = runs_;
    capacity.exhausted = exhausted_once_;
    return capacity;
  }

 private:
  // Lengthens the run until it is clear or as long as allowed.
  Trial try_rate(double rate, std::uint64_t schedule) {
    for (double length = 1; !exhausted(); length = std::min(2 * length, search_.longest)) {
      ++runs_;
      const double duration = length * search_.tasks / rate;
      seconds_left_ -= duration;
      seconds_spent_ += duration;
      // Every run has a schedule of its own, so that no luck is met twice.
      const Trial trial = run_(rate, duration, schedule + 1000 * static_cast<std::uint64_t>(runs_));
      if (trial != Trial::unclear || length >= search_.longest) return trial;
    }
    return Trial::unclear;
  }

  // Asked only by whoever would go on.
  bool exhausted() {
    const bool over = runs_ >= search_.most_runs || seconds_left_ <= 0;
    exhausted_once_ = exhausted_once_ || over;
    return over;
  }

  // Tries a rate and notes it; whether the search goes up from here.
  bool passes(double rate) {
    if (exhausted()) return false;
    const Trial trial = try_rate(rate, search_.seed);
    if (trial == Trial::pass) passed_.push_back(rate);
    if (trial == Trial::fail) failed_.push_back(rate);
    if (trial == Trial::unclear) unclear_.push_back(rate);
    return trial == Trial::pass;
  }

  void bracket() {
    low_ = high_ = search_.first_rate;
    if (passes(low_)) {
      while (high_ < search_.max_rate) {
        high_ = std::min(high_ * 2, search_.max_rate);
        if (!passes(high_)) break;
        low_ = high_;
      }
    } else {
      // What is unclear here may be so below as well, where runs are longer: upwards first.
      if (failed_.empty()) find_failing();
      keep_what_passes_again();
      while (passed_.empty() && low_ > search_.min_rate) {
        low_ = std::max(low_ / 2, search_.min_rate);
        if (passes(low_)) return;
        high_ = low_;
      }
    }
  }

  // What passes above one that is unclear may be luck, and would end the search below.
  void keep_what_passes_again() {
    while (!passed_.empty() && !exhausted()) {
      if (try_rate(passed_.back(), search_.seed) == Trial::pass) break;
      high_ = passed_.back();
      passed_.pop_back();
    }
    if (passed_.empty())
      low_ = high_ = search_.first_rate;
    else
      low_ = passed_.back();
  }

  // An unclear rate bounds the passing ones; a failing one is still to be found. One that passes above it
  // shows that the unclear one was disturbed, and becomes the lower bound.
  void find_failing() {
    swept_ = true;
    double rate = std::max(high_, search_.first_rate);
    while (failed_.empty() && rate < search_.max_rate) {
      rate = std::min(rate * 2, search_.max_rate);
      if (passes(rate))
        low_ = high_ = rate;
      else if (low_ == high_ && !passed_.empty())
        high_ = rate;
    }
  }

  void bisect() {
    if (low_ == high_) return;
    while (high_ / low_ > search_.resolution) {
      const double middle = std::sqrt(low_ * high_);
      (passes(middle) ? low_ : high_) = middle;
    }
  }

  void lower_failing() {
    while (!failed_.empty()) {
      const double lowest = std::ranges::min(failed_);
      double below = 0;
      for (const auto* rates : {&passed_, &unclear_})
        for (const double rate : *rates)
          if (rate < lowest) below = std::max(below, rate);
      if (below == 0 || lowest / below <= search_.resolution || exhausted()) return;
      passes(std::sqrt(below * lowest));
    }
  }

  // The best rate of its kind that an independent schedule confirms; when none is left, the last one,
  // unconfirmed.
  double confirm(std::vector<double> rates, Trial kind, bool& confirmed) {
    std::ranges::sort(rates);
    if (kind == Trial::pass) std::ranges::reverse(rates);
    constexpr std::size_t most_confirmations = 3;
    double last = 0;
    for (std::size_t i = 0; i < std::min(rates.size(), most_confirmations) && !confirmed; ++i) {
      last = rates[i];
      confirmed = try_rate(last, search_.seed + 1) == kind;
    }
    return last;
  }

  const CapacitySearch& search_;
  const RunTrial& run_;
  double low_ = 0;
  double high_ = 0;
  std::vector<double> passed_, failed_, unclear_;
  int runs_ = 0;
  bool exhausted_once_ = false;
  bool swept_ = false;  // upwards, for a rate that fails
  double seconds_spent_ = 0;
  double seconds_left_;  // of the part that goes on
};

}  // namespace

Capacity find_capacity(const CapacitySearch& search, const RunTrial& run) {
  return Search(search, run).find();
}

std::string to_string(const Capacity& capacity) {
  const auto end = [](const char* verb, double rate, bool confirmed) {
    if (rate <= 0) return std::string(verb) + " no rate that was tried";
    return std::string(verb) + " " + grouped(rate) + "/s" + (confirmed ? "" : " (seen once)");
  };
  std::string text = end("holds", capacity.passing, capacity.passing_confirmed) + ", " +
                     end("fails", capacity.failing, capacity.failing_confirmed);
  if (capacity.exhausted) text += "; ended for want of time, so the two may lie wider apart than asked";
  return text;
}

}  // namespace bookstore
