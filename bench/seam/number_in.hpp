// Files of the kernel that hold a number.
#pragma once

#include <filesystem>
#include <fstream>
#include <optional>

namespace bookstore::backend {

// The number that a file begins with; none for a file that is missing or says something else, such as "max".
template <class Number>
std::optional<Number> number_in(const std::filesystem::path& path) {
  std::ifstream file(path);
  Number number{};
  return file >> number ? std::optional(number) : std::nullopt;
}

}  // namespace bookstore::backend
