// The CPU work of the chores that need nothing of the shop: pure functions of their sizes and a seed.
#pragma once

#include <cstdint>

#include "workloads/bookstore/catalogue.hpp"

namespace bookstore::workload {

// Grinds a bean by splitting the coarsest grain `splits` times (a priority queue); returns a seal of the
// grounds.
std::uint32_t grind(std::uint32_t splits, std::uint64_t seed);

// Fills eight cups with `pours` pours, always the emptiest cup next; returns a seal of the cups.
std::uint32_t pour(std::uint32_t pours, std::uint64_t seed);

// Writes the addresses of `letters` letters, sorts them and returns a seal of the order.
std::uint32_t sort_letters(std::uint32_t letters, std::uint64_t seed);

// Reads `pages` pages of a book and returns a seal of them.
std::uint32_t inspect(const Title& title, std::uint32_t pages, std::uint64_t seed);

// An entry of `lines` lines in the ledger, each with who, which book and how much; returns its seal.
std::uint32_t ledger_entry(std::uint32_t task, const Title& title, std::int32_t cents, std::uint32_t lines);

}  // namespace bookstore::workload
