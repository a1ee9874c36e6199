#include "bench/shell/numbers.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace bookstore {

namespace {

template <class T, class... Base>
std::optional<T> read_whole_text(std::string_view text, Base... base) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base...);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

[[noreturn]] void refuse(std::string_view what, std::string_view text, const std::string& remedy) {
  throw std::invalid_argument(std::string(what) + " is '" + std::string(text) + "'; give " + remedy);
}

}  // namespace

std::optional<double> read_number(std::string_view text) {
  const auto value = read_whole_text<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::uint64_t> read_hexadecimal(std::string_view text) {
  return read_whole_text<std::uint64_t>(text, 16);
}

std::string hexadecimal(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

long long parse_whole(std::string_view what, std::string_view text, long long minimum, long long maximum) {
  const auto value = read_whole_text<long long>(text);
  if (!value || *value < minimum || *value > maximum)
    refuse(what, text, "a whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum));
  return *value;
}

double parse_positive(std::string_view what, std::string_view text) {
  const auto value = read_number(text);
  if (!value || *value <= 0) refuse(what, text, "a number above zero");
  return *value;
}

double parse_time_ns(std::string_view what, std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 4> units{
      {{"ns", 1.0}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}};
  for (const auto& [unit, ns] : units)
    if (text.ends_with(unit)) return ns * parse_positive(what, text.substr(0, text.size() - unit.size()));
  refuse(what, text, "a time such as 5ms");
}

}  // namespace bookstore
