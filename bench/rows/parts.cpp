#include "bench/rows/parts.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "bench/backends/registry.hpp"
#include "bench/shell/numbers.hpp"

namespace bookstore {

namespace {

constexpr int max_cores = 16'384;
constexpr int max_workers = 1'000'000;

}  // namespace

std::string_view next_part(std::string_view& rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view part = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  return part;
}

std::vector<std::pair<std::string_view, std::string_view>> parameters_in(std::string_view parts) {
  std::vector<std::pair<std::string_view, std::string_view>> found;
  while (!parts.empty()) {
    const std::string_view part = next_part(parts);
    const std::size_t colon = part.find(':');
    if (colon == std::string_view::npos)
      throw std::invalid_argument("'" + std::string(part) + "' is not <parameter>:<value>");
    found.emplace_back(part.substr(0, colon), part.substr(colon + 1));
  }
  return found;
}

int parse_cores(std::string_view text) { return static_cast<int>(parse_whole("cores", text, 1, max_cores)); }

int parse_workers(std::string_view text) {
  return static_cast<int>(parse_whole("workers", text, 1, max_workers));
}

int parse_rotation(const std::string& text) {
  return text.empty() ? 0 : static_cast<int>(parse_whole("rotate", text, 0, 1'000'000'000));
}

int wanted_cores(const std::string& cores, const std::vector<std::string>& rows,
                 const std::vector<std::string>& backends) {
  const auto is_virtual = [](std::string_view backend) { return backend == backend::Simulated::traits.name; };
  if (rows.empty() && !backends.empty() && std::ranges::all_of(backends, is_virtual)) return 0;
  constexpr std::string_view label = "cores:";
  std::set<int> asked;
  if (!cores.empty()) asked.insert(parse_cores(cores));
  for (const std::string& name : rows) {
    std::string_view rest = name;
    next_part(rest);
    if (is_virtual(next_part(rest))) continue;
    rest = name;
    while (!rest.empty())
      if (const std::string_view part = next_part(rest); part.starts_with(label))
        asked.insert(parse_cores(part.substr(label.size())));
  }
  if (asked.size() > 1)
    throw std::invalid_argument(
        "rows of one process have one affinity mask; give the same cores to all of them");
  return asked.empty() ? 0 : *asked.begin();
}

}  // namespace bookstore
