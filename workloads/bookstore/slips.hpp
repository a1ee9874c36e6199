// What each task of a day leaves behind, and how far it is.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "workloads/bookstore/receipt.hpp"

namespace bookstore::workload {

// One numbered slip, written by its task alone.
struct Slip {
  static constexpr unsigned title_bits = 24;
  static constexpr std::uint32_t most_titles = 1u << title_bits;
  static constexpr std::uint32_t finished = 255;  // a stage
  static constexpr std::uint32_t stage_after(std::uint32_t step) { return (step + 1) & finished; }

  std::uint32_t seal = 0;                // checks all that the task worked out
  std::int32_t cents = 0;                // into the till; negative out of it
  std::uint32_t found : title_bits = 0;  // the title that a customer's last question led to
  std::uint32_t stage : 8 = 0;           // steps done, or finished

  Receipt receipt() const { return {seal, cents, found}; }
};

// The slips of all tasks. Tasks whose numbers are close are done at about the same time, by different
// workers: their slips lie apart, so that none of these writes where another does. Task t is in column t mod
// columns; a column is one slip after the other. Columns are few enough for the lines in use to stay in a
// core's first cache, and for each to be used up before it is left.
class Slips {
 public:
  explicit Slips(std::uint32_t tasks)
      : columns_bits_(
            static_cast<unsigned>(std::bit_width(std::clamp(tasks / rows_wanted, 1u, most_columns)) - 1)),
        rows_((tasks >> columns_bits_) + 1),
        slips_(std::size_t{rows_} << columns_bits_) {}

  Slip& operator[](std::uint32_t task) { return slips_[place(task)]; }
  const Slip& operator[](std::uint32_t task) const { return slips_[place(task)]; }

  // What a plan of many tasks takes for each of them.
  static constexpr double bytes_per_task = sizeof(Slip);

 private:
  static constexpr std::uint32_t most_columns = 256;
  static constexpr std::uint32_t rows_wanted = 16;

  std::size_t place(std::uint32_t task) const {
    return std::size_t{task & ((1u << columns_bits_) - 1)} * rows_ + (task >> columns_bits_);
  }

  unsigned columns_bits_;
  std::uint32_t rows_;
  std::vector<Slip> slips_;
};

}  // namespace bookstore::workload
