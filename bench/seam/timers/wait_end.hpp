// How exactly an overlapped backend keeps a task's wait. A wake-up costs more processor time than going on
// with a task, so as many as can share one: each wait may end late by a thousandth of itself. A part of that
// goes into rounding, so that many tasks have one deadline, and a little into reading the clock less often;
// the rest is leeway, by which the loop may sleep past the deadline. Times are nanoseconds.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#include "bench/seam/clocks.hpp"
#include "workloads/job.hpp"

namespace bookstore::backend {

// When a wait ends: not before `at`, and at most `leeway` later, as far as the loop decides.
struct WaitEnd {
  std::int64_t at;
  std::uint32_t leeway;
};

// Ends late by at most a thousandth of the wait, `undated` included; waits under 1 us to the nanosecond. A
// deadline beyond the clock's range is never. Preconditions: now, wait >= 0.
struct RoundedWaits {
  // How long before the reading of the clock that dates it the wait may have begun; and how long the loop may
  // go without a reading for its sake, while others may come due.
  static constexpr std::int64_t undated(Wait wait) noexcept {
    return std::min<std::int64_t>(wait / 16'384, 10'000);
  }

  static constexpr WaitEnd end_of(std::int64_t now, Wait wait) noexcept {
    const std::int64_t tolerance = wait / 1000 - undated(wait);
    if (wait > never - tolerance - now) return {never, 0};
    const auto unit = static_cast<std::int64_t>(
        std::bit_floor(static_cast<std::uint64_t>(std::max<std::int64_t>(tolerance / 4, 1))));
    const std::int64_t at = (now + wait + (unit - 1)) & ~(unit - 1);
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    return {at, static_cast<std::uint32_t>(std::min(now + wait + tolerance - at, most))};
  }
};

// To the nanosecond: shows what the tolerance saves.
struct ExactWaits {
  static constexpr std::int64_t undated(Wait) noexcept { return 0; }

  static constexpr WaitEnd end_of(std::int64_t now, Wait wait) noexcept {
    return {wait > never - now ? never : now + wait, 0};
  }
};

}  // namespace bookstore::backend
