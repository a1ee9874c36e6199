// One shelf with what belongs to it: its books in order, its compartment of the cart, its cash drawer, its
// loans.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "workloads/bookstore/catalogue.hpp"

namespace bookstore::workload {

// A place on the shelf: all copies of one title, side by side.
struct Place {
  TitleId title;
  std::uint32_t copies;
};

// Not thread-safe: the shop takes `lock` around each use while it is open. Aligned, so that two shelves never
// share a cache line.
template <class Lock>
class alignas(64) Shelf {
 public:
  // Titles first .. first + stock.size() - 1 belong here, with as many copies as `stock` and `lent` say.
  void furnish(TitleId first, std::span<const std::uint32_t> stock, std::span<const std::uint32_t> lent) {
    first_ = first;
    cart_.assign(stock.size(), 0);
    places_.reserve(stock.size());
    for (std::uint32_t i = 0; i < stock.size(); ++i) {
      if (stock[i] > 0) places_.push_back({first + i, stock[i]});
      on_loan_ += lent[i];
    }
  }

  // Takes one copy; the gap closes when it was the last. Throws std::logic_error when there is none.
  void take(TitleId title) {
    const auto place = find(title);
    if (place == places_.end() || place->title != title)
      throw std::logic_error("no copy of title " + std::to_string(title) + " on its shelf");
    if (--place->copies == 0) places_.erase(place);
    ++on_loan_;
  }

  // Puts one copy where the order wants it.
  void put(TitleId title) {
    const auto place = find(title);
    if (place != places_.end() && place->title == title)
      ++place->copies;
    else
      places_.insert(place, {title, 1});
  }

  // Puts a copy that came back on the cart. Throws std::logic_error when none is lent.
  void put_on_cart(TitleId title) {
    if (on_loan_ == 0)
      throw std::logic_error("title " + std::to_string(title) + " came back but was never lent");
    --on_loan_;
    ++cart_[title - first_];
  }

  void collect(std::int64_t cents) { drawer_ += cents; }

  std::span<const Place> places() const { return places_; }
  std::span<const std::uint32_t> cart() const { return cart_; }
  std::int64_t drawer() const { return drawer_; }
  std::uint64_t on_loan() const { return on_loan_; }
  bool in_order() const {
    return std::ranges::adjacent_find(places_, std::greater_equal{}, &Place::title) == places_.end();
  }

  Lock lock;

 private:
  std::vector<Place>::iterator find(TitleId title) {
    return std::ranges::lower_bound(places_, title, {}, &Place::title);
  }

  std::vector<Place> places_;
  std::vector<std::uint32_t> cart_;
  TitleId first_ = 0;
  std::int64_t drawer_ = 0;
  std::uint64_t on_loan_ = 0;
};

}  // namespace bookstore::workload
