// The shop: what a plan's tasks act on, and the steps of each kind of task.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "workloads/bookstore/audit.hpp"
#include "workloads/bookstore/chores.hpp"
#include "workloads/bookstore/locks.hpp"
#include "workloads/bookstore/plan.hpp"
#include "workloads/bookstore/receipt.hpp"
#include "workloads/bookstore/shelf.hpp"
#include "workloads/bookstore/slips.hpp"
#include "workloads/digest.hpp"
#include "workloads/random.hpp"

namespace bookstore::workload {

// The tasks of a plan as a ForeseeingJob, a RoledJob, a KindedJob and a LockingJob (workloads/job.hpp),
// between open() and close(). One shop serves one run.
//
// With ShelfLocks, steps of different tasks may run at the same time; with NoLocks, on one thread only.
// open(), close(), audit() and digest() run alone. A task's slip is written by that task only.
template <class Locks>
class Shop {
 public:
  using Plan = workload::Plan;
  using Unlocked = Shop<NoLocks>;

  static constexpr bool one_thread_only = std::same_as<Locks, NoLocks>;  // as OneThreadJob

  // What a shop of many tasks takes for each of them.
  static constexpr double bytes_per_task = Slips::bytes_per_task;

  // Precondition: at most Slip::most_titles titles.
  explicit Shop(const Plan& plan) : plan_(plan), shelves_(plan.shelves()), slips_(plan.size()) {
    for (std::uint32_t s = 0; s < plan.shelves(); ++s) {
      const TitleId first = plan.first_title(s);
      const std::uint32_t count = plan.first_title(s + 1) - first;
      shelves_[s].furnish(first, plan.stock().subspan(first, count), plan.lent().subspan(first, count));
    }
    for (std::uint32_t task = 0; task < plan.size(); ++task)
      if (plan.kind(task) == Kind::shelve_books) delivered_ += plan.batch(plan.subject(task)).size();
    const Audit before = audit();
    owned_ = before.shelved + before.on_loan + before.to_shelve;
  }

  // open_shop: builds the catalogue's index and counts the float in the till.
  void open() {
    if (opened_) throw std::logic_error("the shop was opened twice");
    index_.build(plan_.catalogue());
    shelves_[0].collect(float_cents);
    opened_ = true;
  }

  // close_shop: counts every shelf, sums the till and proves conservation; after a day that was cut short
  // (`all_done` false) of what was done. Throws WrongResult; std::logic_error when the shop is not open.
  void close(bool all_done = true) {
    if (!opened_ || closed_) throw std::logic_error("the shop was closed before it was open");
    closed_ = true;
    audit().prove(all_done);
  }

  std::uint32_t size() const { return plan_.size(); }

  Wait step(std::uint32_t task, std::uint32_t step) {
    if (!opened_ || closed_)
      throw std::logic_error("task " + std::to_string(task) + " ran while the shop was shut");
    Slip& slip = slips_[task];
    if (slip.stage != step)
      throw std::logic_error("task " + std::to_string(task) + " ran step " + std::to_string(step) +
                             " after " + std::to_string(slip.stage) + " steps");
    const Wait wait = dispatch(task, step);
    slip.stage = wait < 0 ? Slip::finished : Slip::stage_after(step);
    return wait;
  }

  // Inlined always: GCC takes a function that only prefetches for one without any effect, and leaves it out.
  [[gnu::always_inline]] void foresee(std::uint32_t task) const { __builtin_prefetch(&slips_[task], 1); }

  // As RoledJob (workloads/job.hpp): a Role.
  std::uint32_t role(std::uint32_t task) const {
    return static_cast<std::uint32_t>(role_of(plan_.kind(task)));
  }

  // As KindedJob: a Kind.
  std::uint32_t kind(std::uint32_t task) const { return static_cast<std::uint32_t>(plan_.kind(task)); }

  // As LockingJob: a lock a shelf, whether the policy has any.
  std::uint32_t locks() const { return plan_.shelves(); }
  template <class Visit>
  void for_each_lock(std::uint32_t task, std::uint32_t step, const Visit& visit) const {
    if (plan_.kind(task) == Kind::shelve_books) {
      std::vector<std::uint32_t> shelves;
      for (const TitleId book : plan_.batch(plan_.subject(task))) shelves.push_back(plan_.shelf_of(book));
      std::ranges::sort(shelves);
      std::for_each(shelves.begin(), std::unique(shelves.begin(), shelves.end()), visit);
    } else if (step == 1 && role_of(plan_.kind(task)) == Role::desk) {
      visit(plan_.shelf_of(plan_.subject(task)));
    }
  }

  const Plan& plan() const { return plan_; }
  std::span<const Shelf<typename Locks::Lock>> shelves() const { return shelves_; }

  Audit audit() const {
    Audit sums;
    sums.owned = owned_;
    sums.planned = plan_.size();
    sums.to_shelve = delivered_;
    sums.receipts = opened_ ? float_cents : 0;
    for (const auto& shelf : shelves_) {
      for (const Place& place : shelf.places()) sums.shelved += place.copies;
      for (const std::uint32_t copies : shelf.cart()) sums.on_cart += copies;
      sums.on_loan += shelf.on_loan();
      sums.drawers += shelf.drawer();
      sums.shelves_in_order = sums.shelves_in_order && shelf.in_order();
    }
    for (std::uint32_t task = 0; task < plan_.size(); ++task) {
      const bool done_with = slips_[task].stage == Slip::finished;
      sums.finished += done_with ? 1 : 0;
      sums.receipts += slips_[task].cents;
      if (done_with && plan_.kind(task) == Kind::shelve_books)
        sums.to_shelve -= plan_.batch(plan_.subject(task)).size();
    }
    return sums;
  }

  // 64 bits over every shelf, cart, drawer and receipt: equal after every order in which a plan can be done.
  std::uint64_t digest() const {
    Digest digest;
    for (const auto& shelf : shelves_) {
      digest.add_all(shelf.places());
      digest.add_all(shelf.cart());
      digest.add(shelf.drawer());
      digest.add(shelf.on_loan());
    }
    for (std::uint32_t task = 0; task < plan_.size(); ++task) digest.add(slips_[task].receipt());
    for (std::uint32_t task = 0; task < plan_.size(); ++task)
      digest.add(static_cast<std::uint8_t>(slips_[task].stage));
    return digest.value();
  }

 private:
  using ShelfType = Shelf<typename Locks::Lock>;

  Wait dispatch(std::uint32_t task, std::uint32_t step) {
    switch (plan_.kind(task)) {
      case Kind::make_coffee:
        return make_coffee(task, step);
      case Kind::check_mail:
        return check_mail(task, step);
      case Kind::rent_book:
        return rent_book(task, step);
      case Kind::return_book:
        return return_book(task, step);
      case Kind::shelve_books:
        return shelve_books(task);
      case Kind::open_shop:
      case Kind::close_shop:
        break;
    }
    throw std::logic_error("task " + std::to_string(task) + " has no place within the day");
  }

  // A task's own noise: who the customer is, how the bean breaks.
  std::uint64_t noise(std::uint32_t task) const {
    return mix64(static_cast<std::uint64_t>(plan_.parameters().seed) * 0x9e3779b97f4a7c15ULL + task);
  }
  std::uint32_t units(double size) const { return scaled_units(plan_.parameters(), size); }

  // Grind - wait for the brew - pour.
  Wait make_coffee(std::uint32_t task, std::uint32_t step) {
    if (step == 0) {
      slips_[task].seal = grind(units(plan_.parameters().beans), noise(task));
      return plan_.waits().brew;
    }
    slips_[task].seal = pour(units(plan_.parameters().beans), slips_[task].seal);
    return done;
  }

  // Walk to the box - open and sort the letters.
  Wait check_mail(std::uint32_t task, std::uint32_t step) {
    if (step == 0) return plan_.waits().mailbox;
    slips_[task].seal = sort_letters(units(plan_.parameters().letters), noise(task));
    return done;
  }

  // Find the title from the customer's words - wait for the card terminal - take the copy, write the ledger.
  Wait rent_book(std::uint32_t task, std::uint32_t step) {
    const Catalogue& catalogue = plan_.catalogue();
    Slip& slip = slips_[task];
    if (step == 0) {
      // The customer asks for other books first and takes the last.
      const std::uint32_t queries = units(plan_.parameters().queries);
      const TitleId wanted = plan_.subject(task);
      TitleId found = 0;
      for (std::uint32_t query = queries; query-- > 0;) {
        const auto asked = static_cast<TitleId>((wanted + std::uint64_t{query} * 641) % catalogue.size());
        found = index_.find(catalogue, catalogue.remember(asked, noise(task) + query));
        // Every answer leaves its mark, or a search could be left out unnoticed.
        slip.seal = static_cast<std::uint32_t>(mix64((std::uint64_t{slip.seal} << 32) | found));
      }
      slip.found = found;
      return plan_.waits().card;
    }
    const Title& title = catalogue[slip.found];
    slip.cents = rent_cents(title.section);
    slip.seal ^= ledger_entry(task, title, slip.cents, units(plan_.parameters().ledger_lines));
    ShelfType& shelf = shelves_[plan_.shelf_of(slip.found)];
    const std::scoped_lock guard(shelf.lock);
    shelf.take(slip.found);
    shelf.collect(slip.cents);
    return done;
  }

  // Scan and inspect - wait for the receipt printer - refund, put on the cart.
  Wait return_book(std::uint32_t task, std::uint32_t step) {
    const TitleId id = plan_.subject(task);
    const Title& title = plan_.catalogue()[id];
    if (step == 0) {
      slips_[task].seal = inspect(title, units(plan_.parameters().pages), noise(task));
      return plan_.waits().printer;
    }
    slips_[task].seal ^= ledger_entry(task, title, -refund_cents, units(plan_.parameters().refund_lines));
    slips_[task].cents = -refund_cents;
    ShelfType& shelf = shelves_[plan_.shelf_of(id)];
    const std::scoped_lock guard(shelf.lock);
    shelf.put_on_cart(id);
    shelf.collect(-refund_cents);
    return done;
  }

  // Sort a batch by section, author and title, stamp each book - put each on its shelf, shelf after shelf.
  Wait shelve_books(std::uint32_t task) {
    const auto batch = plan_.batch(plan_.subject(task));
    std::vector<TitleId> sorted(batch.begin(), batch.end());
    const Catalogue& catalogue = plan_.catalogue();
    std::sort(sorted.begin(), sorted.end(),
              [&](TitleId a, TitleId b) { return stands_before(catalogue[a], catalogue[b]); });
    std::uint32_t stamps = 0;
    for (const TitleId book : sorted) stamps = seal(catalogue[book].name, stamps);
    slips_[task].seal = stamps;
    for (auto book = sorted.begin(); book != sorted.end();) {
      const std::uint32_t s = plan_.shelf_of(*book);
      const TitleId next_shelf = plan_.first_title(s + 1);
      const std::scoped_lock guard(shelves_[s].lock);
      for (; book != sorted.end() && *book < next_shelf; ++book) shelves_[s].put(*book);
    }
    return done;
  }

  const Plan& plan_;
  Index index_;
  std::vector<ShelfType> shelves_;
  Slips slips_;
  std::uint64_t delivered_ = 0;  // books in the day's batches
  std::uint64_t owned_ = 0;
  bool opened_ = false;
  bool closed_ = false;
};

// The opening and the closing as jobs of one task each, so that a backend runs them like any other work.
template <class Locks>
struct Opening {
  Shop<Locks>& shop;
  std::uint32_t size() const { return 1; }
  std::uint32_t kind(std::uint32_t) const { return static_cast<std::uint32_t>(Kind::open_shop); }
  Wait step(std::uint32_t, std::uint32_t) {
    shop.open();
    return done;
  }
};

template <class Locks>
struct Closing {
  Shop<Locks>& shop;
  std::uint32_t size() const { return 1; }
  std::uint32_t kind(std::uint32_t) const { return static_cast<std::uint32_t>(Kind::close_shop); }
  Wait step(std::uint32_t, std::uint32_t) {
    shop.close();
    return done;
  }
};

}  // namespace bookstore::workload
