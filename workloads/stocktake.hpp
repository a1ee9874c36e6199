// stocktake: the books on the shelves are counted by divide and conquer.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/tree.hpp"

namespace bookstore::workload {

// How many books stand on each shelf. Immutable.
class Shelves {
 public:
  Shelves(std::uint32_t shelves, std::uint64_t seed);

  std::uint32_t size() const { return static_cast<std::uint32_t>(books_.size()); }
  std::uint8_t books(std::uint32_t shelf) const { return books_[shelf]; }
  // On all shelves; known from when they were filled.
  std::uint64_t all_books() const { return all_books_; }

 private:
  std::vector<std::uint8_t> books_;
  std::uint64_t all_books_ = 0;
};

// Never inlined: whoever calls it, through whatever, pays for exactly one call.
std::uint64_t count_shelf(const Shelves& shelves, std::uint32_t shelf);

// A range of shelves is divided into `fanout` parts of equal size (the last may be smaller, and there may be
// fewer), down to single shelves.
class ShelfTree {
 public:
  struct Node {
    std::uint32_t begin;
    std::uint32_t end;
  };

  // Preconditions: at least one shelf, a fan-out of at least 2.
  ShelfTree(const Shelves& shelves, std::uint32_t fanout) : shelves_(&shelves), fanout_(fanout) {}

  Node root() const { return {0, shelves_->size()}; }
  bool is_leaf(Node node) const { return node.end - node.begin == 1; }
  std::uint64_t leaf(Node node) const { return count_shelf(*shelves_, node.begin); }

  template <class Visit>
  Node split(Node node, Visit&& visit) const {
    const std::uint32_t part = (node.end - node.begin + fanout_ - 1) / fanout_;
    for (; node.end - node.begin > part; node.begin += part) visit(Node{node.begin, node.begin + part});
    return node;
  }

  // Nodes but the root.
  std::uint64_t forks() const;

 private:
  const Shelves* shelves_;
  std::uint32_t fanout_;
};

}  // namespace bookstore::workload
