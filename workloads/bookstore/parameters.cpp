#include "workloads/bookstore/parameters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <system_error>

#include "workloads/bookstore/slips.hpp"

namespace bookstore::workload {

namespace {

constexpr double max_tasks = 2e9;
static_assert(max_tasks <= most_tasks);
constexpr double max_titles = 1e7;
static_assert(max_titles <= Slip::most_titles);
constexpr double max_wait_us = 60e6;

constexpr std::array table{
    ParameterInfo{"tasks", &Parameters::tasks, 1, max_tasks, true, "tasks of the run"},
    ParameterInfo{"seed", &Parameters::seed, 0, 9007199254740991.0, true, "seed of the plan"},
    ParameterInfo{"skew", &Parameters::skew, 0, 10, false, "Zipf exponent of the shelves' popularity"},
    ParameterInfo{"cpu_scale", &Parameters::cpu_scale, 0, 1e6, false, "factor on all CPU work"},
    ParameterInfo{"wait_scale", &Parameters::wait_scale, 0, 1e6, false, "factor on all waits"},
    ParameterInfo{"titles", &Parameters::titles, 1, max_titles, true, "titles in the catalogue"},
    ParameterInfo{"shelves", &Parameters::shelves, 1, 1e6, true, "shelves, at most one per title"},
    ParameterInfo{"batch", &Parameters::batch, 1, 1e5, true, "books that one shelve_books puts away"},
    ParameterInfo{"batch_shelves", &Parameters::batch_shelves, 1, 1e5, true,
                  "shelves that a batch belongs to"},
    ParameterInfo{"queries", &Parameters::queries, 1, 1e5, true, "books a customer asks for"},
    ParameterInfo{"pages", &Parameters::pages, 1, 1e6, true, "pages inspected on return"},
    ParameterInfo{"beans", &Parameters::beans, 1, 1e6, true, "splits of a bean in the grinder"},
    ParameterInfo{"letters", &Parameters::letters, 1, 1e6, true, "letters in the box"},
    ParameterInfo{"ledger_lines", &Parameters::ledger_lines, 1, 1e5, true,
                  "lines of the ledger a rental takes"},
    ParameterInfo{"refund_lines", &Parameters::refund_lines, 1, 1e5, true,
                  "lines of the ledger a refund takes"},
    ParameterInfo{"brew_us", &Parameters::brew_us, 0, max_wait_us, false, "wait for the coffee"},
    ParameterInfo{"mailbox_us", &Parameters::mailbox_us, 0, max_wait_us, false, "walk to the mail box"},
    ParameterInfo{"card_us", &Parameters::card_us, 0, max_wait_us, false, "wait for the card terminal"},
    ParameterInfo{"printer_us", &Parameters::printer_us, 0, max_wait_us, false,
                  "wait for the receipt printer"},
};

}  // namespace

std::span<const ParameterInfo> parameter_table() { return table; }

std::string parameter_text(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), error == std::errc{} ? end : buffer.data());
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    const auto [stop, ignored] =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), static_cast<std::int64_t>(value));
    text.assign(buffer.data(), stop);
  }
  return text;
}

void set_parameter(Parameters& parameters, std::string_view name, std::string_view text) {
  const auto info = std::ranges::find(table, name, &ParameterInfo::name);
  if (info == table.end()) {
    std::string known;
    for (const auto& each : table) known += (known.empty() ? "" : ", ") + std::string(each.name);
    throw std::invalid_argument("unknown parameter '" + std::string(name) + "'; known: " + known);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool number = error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
  const bool fits = number && value >= info->minimum && value <= info->maximum &&
                    (!info->whole || value == std::floor(value));
  if (!fits) {
    throw std::invalid_argument(std::string(name) + " is '" + std::string(text) + "'; give a " +
                                (info->whole ? "whole " : "") + "number from " +
                                parameter_text(info->minimum) + " to " + parameter_text(info->maximum));
  }
  parameters.*(info->member) = value;
}

std::uint32_t scaled_units(const Parameters& parameters, double size) {
  const double units = std::round(size * parameters.cpu_scale);
  return static_cast<std::uint32_t>(std::clamp(units, 1.0, 4e9));
}

Wait scaled_wait(const Parameters& parameters, double microseconds) {
  return static_cast<Wait>(std::llround(microseconds * parameters.wait_scale * 1000.0));
}

}  // namespace bookstore::workload
