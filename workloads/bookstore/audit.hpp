// What the books must add up to, whoever did the work and in whatever order.
#pragma once

#include <cstdint>
#include <string>

#include "workloads/wrong_result.hpp"

namespace bookstore::workload {

struct Audit {
  std::uint64_t owned = 0;    // books in the shop's possession before the day
  std::uint64_t shelved = 0;  // on shelves
  std::uint64_t on_cart = 0;  // came back today
  std::uint64_t on_loan = 0;
  std::uint64_t to_shelve = 0;  // in batches that nobody has put away yet
  std::int64_t drawers = 0;     // cents in the tills' drawers
  std::int64_t receipts = 0;    // cents by the receipts: fees - refunds
  std::uint64_t planned = 0;    // tasks
  std::uint64_t finished = 0;
  bool shelves_in_order = true;

  // Throws WrongResult when a sum does not hold; `all_done` also asks that every task is finished.
  void prove(bool all_done) const {
    const auto check = [](bool holds, const std::string& what) {
      if (!holds) throw WrongResult(what);
    };
    check(shelved + on_cart + on_loan + to_shelve == owned,
          "books do not add up: " + std::to_string(shelved) + " on shelves + " + std::to_string(on_cart) +
              " on the cart + " + std::to_string(on_loan) + " on loan + " + std::to_string(to_shelve) +
              " to shelve, but " + std::to_string(owned) + " owned");
    check(drawers == receipts, "the till holds " + std::to_string(drawers) + " cents, the receipts say " +
                                   std::to_string(receipts));
    check(shelves_in_order, "a shelf is out of order");
    check(!all_done || finished == planned,
          std::to_string(finished) + " of " + std::to_string(planned) + " tasks finished");
  }
};

}  // namespace bookstore::workload
