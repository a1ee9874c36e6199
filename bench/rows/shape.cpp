#include "bench/rows/shape.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "bench/shell/numbers.hpp"

namespace bookstore {

namespace {

using workload::ServiceShape;
using workload::ServiceStep;
using workload::Spread;

constexpr double most_cpu_ns = 1e9;
constexpr double most_wait_ns = 60e9;

constexpr std::array<std::pair<std::string_view, Spread>, 3> spreads{{
    {"constant", Spread::constant},
    {"exponential", Spread::exponential},
    {"lognormal", Spread::lognormal},
}};

std::int64_t parse_part(std::string_view what, std::string_view text, double most_ns) {
  const double ns = parse_time_ns(what, text);
  if (ns > most_ns || std::round(ns) < 1)
    throw std::invalid_argument(std::string(what) + " is '" + std::string(text) + "'; give 1ns to " +
                                std::to_string(static_cast<int>(most_ns / 1e9)) + "s");
  return std::llround(ns);
}

std::string time_text(std::int64_t ns) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 3> units{
      {{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}}};
  for (const auto& [unit, size] : units)
    if (ns % size == 0) return std::to_string(ns / size) + std::string(unit);
  return std::to_string(ns) + "ns";
}

}  // namespace

std::vector<ServiceStep> parse_steps(std::string_view text) {
  std::vector<ServiceStep> steps;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view step = text.substr(begin, end - begin);
    const std::size_t plus = step.find('+');
    steps.push_back({.cpu_ns = parse_part("the CPU time of a step", step.substr(0, plus), most_cpu_ns),
                     .wait_ns = plus == std::string_view::npos
                                    ? 0
                                    : parse_part("the wait of a step", step.substr(plus + 1), most_wait_ns)});
    begin = end + 1;
  }
  if (steps.size() > ServiceShape::most_steps)
    throw std::invalid_argument("steps has " + std::to_string(steps.size()) + " steps; give at most " +
                                std::to_string(ServiceShape::most_steps));
  return steps;
}

std::string steps_text(const std::vector<ServiceStep>& steps) {
  std::string text;
  for (const auto& [cpu_ns, wait_ns] : steps) {
    text += (text.empty() ? "" : ",") + time_text(cpu_ns);
    if (wait_ns > 0) text += "+" + time_text(wait_ns);
  }
  return text;
}

Spread parse_spread(std::string_view text) {
  for (const auto& [name, spread] : spreads)
    if (name == text) return spread;
  throw std::invalid_argument("spread is '" + std::string(text) +
                              "'; give constant, exponential or lognormal");
}

std::string_view spread_name(Spread spread) {
  for (const auto& [name, each] : spreads)
    if (each == spread) return name;
  return "";
}

}  // namespace bookstore
