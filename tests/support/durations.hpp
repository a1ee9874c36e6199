// Times by their names, in nanoseconds.
#pragma once

#include <cstdint>

namespace bookstore::test {

inline constexpr std::int64_t microsecond = 1'000;
inline constexpr std::int64_t second = 1'000'000'000;
inline constexpr std::int64_t hour = 3'600 * second;

}  // namespace bookstore::test
