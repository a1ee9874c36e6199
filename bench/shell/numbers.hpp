// Numbers as users write and read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bookstore {

// The finite number that the whole text is; nothing when there is anything else in it, a blank too.
std::optional<double> read_number(std::string_view text);

// The value of 1 to 16 hexadecimal digits, and of those alone.
std::optional<std::uint64_t> read_hexadecimal(std::string_view text);

// In 16 digits.
std::string hexadecimal(std::uint64_t value);

// What follows throws std::invalid_argument with a line that names `what` and says what to give.

// A whole number from `minimum` to `maximum`.
long long parse_whole(std::string_view what, std::string_view text, long long minimum, long long maximum);

// A finite number above zero.
double parse_positive(std::string_view what, std::string_view text);

// A time such as 5ms, 200us, 1.5s, in nanoseconds.
double parse_time_ns(std::string_view what, std::string_view text);

}  // namespace bookstore
