// What every fuzz target asks of what it tries.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace bookstore::fuzz {

// Ends the process unless it holds, so that the input is kept.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// Anything else than a refusal in a line ends the process.
template <class Action>
void refused_or_taken(const Action& action) {
  try {
    action();
  } catch (const std::invalid_argument& error) {
    require(error.what()[0] != '\0', "a refusal says what is wrong");
  }
}

}  // namespace bookstore::fuzz
