// How many schedules a test of random ones tries.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace bookstore::test {

// BOOKSTORE_SCHEDULES asks for another number.
inline std::uint64_t schedules(std::uint64_t usual) {
  const char* const asked = std::getenv("BOOKSTORE_SCHEDULES");
  return asked == nullptr ? usual : std::stoull(asked);
}

}  // namespace bookstore::test
