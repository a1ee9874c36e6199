#include "bench/measure/statistics/validity.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace bookstore::measure {
namespace {

template <class... Parts>
std::string line(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

double percent(double part) { return std::round(part * 1000) / 10; }

bool arrivals_kept(const OpenRun& run) {
  const auto scheduled = static_cast<double>(run.scheduled);
  return std::abs(static_cast<double>(run.released) - scheduled) <= arrivals_tolerance * scheduled;
}

// Written so that a figure that is not a number breaks the rule.
bool little_holds(const OpenRun& run) {
  const double expected = run.rate * run.mean_stay;
  return std::abs(run.in_flight - expected) <= std::max(little_tolerance * expected, 3 * run.in_flight_error);
}

bool backlog_grows(const OpenRun& run) {
  const double growth = static_cast<double>(run.backlog_end) - static_cast<double>(run.backlog_begin);
  return growth > backlog_growth_limit(run.scheduled);
}

}  // namespace

const char* to_string(Validity validity) {
  switch (validity) {
    case Validity::valid:
      return "VALID";
    case Validity::overload:
      return "OVERLOAD";
    case Validity::invalid:
      break;
  }
  return "INVALID";
}

double backlog_growth_limit(std::uint64_t arrivals) {
  const auto n = static_cast<double>(arrivals);
  return std::max(0.01 * n, 3 * std::sqrt(n));
}

bool instrument_bound(std::int64_t latency, std::int64_t lateness) {
  return static_cast<double>(lateness) > lateness_limit * static_cast<double>(latency);
}

Judgement judge(const OpenRun& run) {
  std::vector<std::string> reasons;
  if (run.tasks == 0 || run.finished_once + run.sent_away != run.tasks)
    reasons.push_back(
        line(run.finished_once, " of ", run.tasks - run.sent_away, " tasks finished exactly once"));
  if (!(run.steal <= steal_limit))
    reasons.push_back(
        line("the host took ", percent(run.steal), " % of the CPU time, limit ", percent(steal_limit), " %"));
  if (run.throttled_periods > 0)
    reasons.push_back(line("the control group's CPU quota kept threads from running in ",
                           run.throttled_periods, " periods"));
  if (run.scheduled == 0) reasons.push_back("no task lies in the window: lengthen the run");
  const bool trusted = reasons.empty();

  if (run.ended_early)
    reasons.push_back(line("ended after ", run.tasks, " arrivals, ", run.sent_away,
                           " of which stood before the door: more and more were overdue"));
  const bool grows = backlog_grows(run);
  if (grows)
    reasons.push_back(line("the backlog grew from ", run.backlog_begin, " to ", run.backlog_end,
                           " tasks, limit ", std::floor(backlog_growth_limit(run.scheduled)), " more"));
  if (!run.warm_up_complete)
    reasons.push_back("the run is too short for its warm-up, which is counted in mean sojourns: lengthen it");
  if (!arrivals_kept(run))
    reasons.push_back(line(run.released, " arrivals in the window, ", run.scheduled, " scheduled, limit ",
                           percent(arrivals_tolerance), " % apart"));
  if (!little_holds(run))
    reasons.push_back(line(run.in_flight, " tasks in flight where rate x stay is ", run.rate * run.mean_stay,
                           ", limit ", percent(little_tolerance), " % apart"));
  if (trusted && (grows || run.ended_early)) return {Validity::overload, std::move(reasons)};
  return {reasons.empty() ? Validity::valid : Validity::invalid, std::move(reasons)};
}

}  // namespace bookstore::measure
