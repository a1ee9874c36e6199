// Where the records of numbered tasks lie.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bookstore::workload {

// Tasks whose numbers are close are done at about the same time, by different workers: their records lie
// apart, so that none of these writes where another does. Task t is in column t mod columns; a column is one
// record after the other. Columns are few enough for the lines in use to stay in a core's first cache, and
// for each to be used up before it is left.
class Columns {
 public:
  explicit Columns(std::uint32_t tasks)
      : bits_(static_cast<unsigned>(std::bit_width(std::clamp(tasks / rows_wanted, 1u, most_columns)) - 1)),
        rows_((tasks >> bits_) + 1) {}

  // Places in all: a few more than tasks.
  std::size_t size() const { return std::size_t{rows_} << bits_; }
  std::size_t place(std::uint32_t task) const {
    return std::size_t{task & ((1u << bits_) - 1)} * rows_ + (task >> bits_);
  }

 private:
  static constexpr std::uint32_t most_columns = 256;
  static constexpr std::uint32_t rows_wanted = 16;

  unsigned bits_;
  std::uint32_t rows_;
};

}  // namespace bookstore::workload
