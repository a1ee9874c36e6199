#include "bench/closed/known_digests.hpp"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/shell/json_text.hpp"
#include "bench/shell/numbers.hpp"
#include "workloads/wrong_result.hpp"

namespace bookstore {

KnownDigests::KnownDigests(std::string_view text, const std::string& name) {
  const auto refuse = [&name] {
    throw std::invalid_argument("known is '" + name + "'; give a JSON object of digests by row name");
  };
  const auto document = parse_json(std::string(text));
  if (!document.is_object()) refuse();
  for (const auto& [row_name, digest] : document.items()) {
    if (!digest.is_string()) refuse();
    const auto value = read_hexadecimal(digest.get_ref<const std::string&>());
    if (!value) refuse();
    const std::string plan = parse_row(row_name).plan_name();
    if (const auto [at, fresh] = by_plan_.emplace(plan, *value); !fresh && at->second != *value)
      throw workload::WrongResult(name + " has two digests for " + plan);
  }
}

std::optional<std::uint64_t> KnownDigests::find(const Row& row) const {
  const auto found = by_plan_.find(row.plan_name());
  return found == by_plan_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint64_t> parse_expected(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto digest = read_hexadecimal(text);
  if (!digest)
    throw std::invalid_argument("expect-digest is '" + text + "'; give up to 16 hexadecimal digits");
  return digest;
}

KnownDigests read_known_digests(const std::string& path) {
  std::ifstream file(path);
  return {std::string(std::istreambuf_iterator<char>(file), {}), path};
}

}  // namespace bookstore
