// Finds out how long before the first of their waits ends tasks must begin to wait if all are to wait at
// once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "bench/overhead/support/waiting_job.hpp"
#include "bench/seam/failures.hpp"

namespace bookstore::overhead {

// What became of tasks that were to wait all at once.
struct Attempt {
  bool all_waited = false;
  std::int64_t run_ns = 0;  // within which all have begun, whenever they did
};

struct LeadSearch {
  static constexpr int attempts = 6;
  // A run that takes longer would take most of everybody's time, and be mistaken for one that hangs.
  static constexpr std::int64_t longest_ns = 20'000'000'000;

  std::string row;  // as it is named where it cannot be measured
  std::uint32_t tasks = 0;
  Ends ends = Ends::uniform;
  std::int64_t span = 0;
  std::int64_t first_lead = 0;

  // Calls attempt(plan), which returns an Attempt, with longer and longer leads until all tasks of one have
  // waited at once; false if they never do. Waits of the shop's lengths are stretched with the lead and take
  // 25 of it: one that suffices is then found by waits that all end together. Throws backend::LimitReached
  // where the shop's would take longer than longest_ns.
  template <class Try>
  bool run(const Try& attempt) const {
    std::int64_t lead = first_lead;
    for (int tried = 0; tried < attempts; ++tried) {
      const Attempt found = attempt(WaitPlan(tasks, ends, span, lead));
      if (found.all_waited) return true;
      lead = ends == Ends::shop ? lead_for_the_shop(attempt, lead) : next_lead(lead, found);
    }
    return false;
  }

 private:
  static std::int64_t next_lead(std::int64_t lead, const Attempt& failed) {
    return std::max(2 * lead, failed.run_ns);
  }

  // A lead longer than `short_lead`, which did not suffice.
  template <class Try>
  std::int64_t lead_for_the_shop(const Try& attempt, std::int64_t short_lead) const {
    std::int64_t lead = 2 * short_lead;
    for (int tried = 1; tried < attempts; ++tried) {
      refuse_stretched(short_lead, lead);
      const Attempt found = attempt(WaitPlan(tasks, Ends::equal, 0, lead));
      if (found.all_waited) break;
      short_lead = std::exchange(lead, next_lead(lead, found));
    }
    return lead;
  }

  void refuse_stretched(std::int64_t short_lead, std::int64_t lead) const {
    const WaitPlan plan(tasks, Ends::shop, 0, lead);
    if (plan.longest() <= longest_ns) return;
    throw backend::LimitReached(
        row + ": so many tasks do not all begin to wait within " + std::to_string(short_lead / 1'000'000) +
        " ms; the shop's lengths, stretched beyond that, would take " +
        std::to_string(plan.longest() / 1'000'000'000) + " s; ask for fewer tasks, or for deadlines:0");
  }
};

}  // namespace bookstore::overhead
