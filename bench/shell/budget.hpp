// --budget: so many seconds, and nothing is started that would pass them.
#pragma once

#include <chrono>
#include <limits>
#include <string>

namespace bookstore {

// One for all rows of a process; it runs from its construction.
class Budget {
 public:
  // Seconds as text; empty: no budget. Throws std::invalid_argument.
  explicit Budget(const std::string& text);
  // Whether something that takes so many seconds still fits.
  bool allows(double seconds) const;
  // Seconds; infinity without a budget, below zero when it is spent.
  double left() const;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double seconds_ = std::numeric_limits<double>::infinity();
};

}  // namespace bookstore
