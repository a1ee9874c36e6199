// What each task of a day leaves behind, and how far it is.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/bookstore/receipt.hpp"
#include "workloads/columns.hpp"

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

// The slips of all tasks.
class Slips {
 public:
  explicit Slips(std::uint32_t tasks) : columns_(tasks), slips_(columns_.size()) {}

  Slip& operator[](std::uint32_t task) { return slips_[columns_.place(task)]; }
  const Slip& operator[](std::uint32_t task) const { return slips_[columns_.place(task)]; }

  // What a plan of many tasks takes for each of them.
  static constexpr double bytes_per_task = sizeof(Slip);

 private:
  Columns columns_;
  std::vector<Slip> slips_;
};

}  // namespace bookstore::workload
