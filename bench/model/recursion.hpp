// First-come first-served service by c equal servers, as a recursion over the tasks in order of arrival: what
// an ideal pool would have done with the same arrivals and the same service times, for any distribution of
// either. Sources: J. Kiefer and J. Wolfowitz, "On the theory of queues with many servers", 1955; for one
// server D. V. Lindley, "The theory of queues with a single server", 1952.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <span>
#include <stdexcept>
#include <vector>

namespace bookstore::model {

// Start times of the tasks, in the order of `arrivals` (sorted) and the unit of both spans. Pure; O(n log
// servers) time. Throws std::invalid_argument if there is no server, the spans differ in length or the
// arrivals are not sorted.
inline std::vector<std::int64_t> first_come_starts(std::span<const std::int64_t> arrivals,
                                                   std::span<const std::int64_t> services,
                                                   std::size_t servers) {
  if (servers == 0) throw std::invalid_argument("a first-come queue needs at least one server");
  if (arrivals.size() != services.size()) throw std::invalid_argument("each arrival needs one service time");
  if (!std::is_sorted(arrivals.begin(), arrivals.end()))
    throw std::invalid_argument("arrivals must be sorted");
  std::vector<std::int64_t> starts(arrivals.size());
  if (arrivals.empty()) return starts;
  if (servers == 1) {  // Lindley: no heap for a single entry
    std::int64_t free = arrivals.front();
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      starts[i] = std::max(arrivals[i], free);
      free = starts[i] + services[i];
    }
    return starts;
  }
  // When each server becomes free, the earliest first. More servers than tasks change nothing.
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> free(
      std::greater<>{}, std::vector<std::int64_t>(std::min(servers, arrivals.size()), arrivals.front()));
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    starts[i] = std::max(arrivals[i], free.top());
    free.pop();
    free.push(starts[i] + services[i]);
  }
  return starts;
}

}  // namespace bookstore::model
