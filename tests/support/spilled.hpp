// What steps throw that are to fail.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace bookstore::test {

struct Spilled : std::runtime_error {
  explicit Spilled(std::uint32_t by) : std::runtime_error("task " + std::to_string(by)), task(by) {}
  std::uint32_t task;
};

}  // namespace bookstore::test
