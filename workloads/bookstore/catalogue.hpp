// The books that the shop knows, and the index by which a clerk finds one from what a customer remembers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bookstore::workload {

using TitleId = std::uint32_t;

struct Title {
  std::uint32_t section;
  std::string author;
  std::string name;
};

// The order in which books stand on the shelves: section, author, title.
bool stands_before(const Title& a, const Title& b);

// What a customer remembers of a book: the author, and the title with one letter wrong.
struct Memory {
  std::string_view author;
  std::string name;
};

// Immutable after construction; any number of threads may read it.
class Catalogue {
 public:
  // Invents `titles` (>= 1) books from the seed. A TitleId is the book's rank in shelf order.
  Catalogue(std::uint64_t seed, std::uint32_t titles);

  std::uint32_t size() const { return static_cast<std::uint32_t>(titles_.size()); }
  const Title& operator[](TitleId id) const { return titles_[id]; }

  // What a customer who wants `id` says; `noise` picks the wrong letter.
  Memory remember(TitleId id, std::uint64_t noise) const;

 private:
  std::vector<Title> titles_;
};

// Authors in alphabetical order with the titles that each wrote. Built when the shop opens, read-only
// afterwards.
class Index {
 public:
  void build(const Catalogue& catalogue);
  bool built() const { return !entries_.empty(); }

  // The author's title that is nearest to the remembered one by Levenshtein distance, the first in shelf
  // order among equals; catalogue.size() when the author is unknown.
  TitleId find(const Catalogue& catalogue, const Memory& memory) const;

 private:
  struct Entry {
    std::string_view author;
    std::vector<TitleId> titles;
  };
  std::vector<Entry> entries_;
};

// Edit distance by insertions, deletions and substitutions.
// Source: R. A. Wagner, M. J. Fischer, "The string-to-string correction problem", JACM 21 (1974).
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace bookstore::workload
