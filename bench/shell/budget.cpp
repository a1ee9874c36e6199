#include "bench/shell/budget.hpp"

#include "bench/shell/numbers.hpp"

namespace bookstore {

Budget::Budget(const std::string& text) {
  if (!text.empty()) seconds_ = parse_positive("budget", text);
}

bool Budget::allows(double seconds) const { return seconds <= left(); }

double Budget::left() const {
  return seconds_ - std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

}  // namespace bookstore
