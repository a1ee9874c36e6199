// Digests that earlier processes found directly, so that rows of the same plans need not find them again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "bench/rows/row.hpp"

namespace bookstore {

class KnownDigests {
 public:
  KnownDigests() = default;
  // From a JSON object of hexadecimal digests by row name; `name` stands in the messages. Throws
  // std::invalid_argument for anything else, WrongResult for two digests of one plan.
  KnownDigests(std::string_view text, const std::string& name);

  // Of the row's plan; nothing where it is not known.
  std::optional<std::uint64_t> find(const Row& row) const;

 private:
  std::map<std::string, std::uint64_t> by_plan_;
};

// The digest that a row is to end in, as hexadecimal text; nothing for no text. Throws std::invalid_argument.
std::optional<std::uint64_t> parse_expected(const std::string& text);

// Throws std::invalid_argument for a file that is not there, too.
KnownDigests read_known_digests(const std::string& path);

}  // namespace bookstore
