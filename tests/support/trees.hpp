// Trees without shelves.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "workloads/random.hpp"

namespace bookstore::test {

// A tree of random shape: narrow and wide, deep and shallow parts in one. Its leaves have random values, and
// keep count of how often they were visited.
class RandomTree {
 public:
  using Node = std::uint32_t;

  RandomTree(std::uint32_t nodes, std::uint64_t seed) : children_(nodes), values_(nodes), visits_(nodes) {
    SplitMix64 random{seed};
    for (Node node = 0; node < nodes; ++node) values_[node] = random.next();
    // Half of the nodes hang from one of the last few before them, which makes the tree deep.
    for (Node node = 1; node < nodes; ++node) {
      const Node back = random.below(2) == 0 ? random.below(std::min<Node>(node, 3)) : random.below(node);
      children_[node - 1 - back].push_back(node);
    }
  }

  Node root() const { return 0; }
  bool is_leaf(Node node) const { return children_[node].empty(); }
  std::uint64_t leaf(Node node) const {
    visits_[node].fetch_add(1, std::memory_order_relaxed);
    if (node == bad_leaf) throw std::runtime_error("leaf " + std::to_string(node));
    return values_[node];
  }
  template <class Visit>
  Node split(Node node, Visit&& visit) const {
    for (std::size_t i = 0; i + 1 < children_[node].size(); ++i) visit(children_[node][i]);
    return children_[node].back();
  }

  std::uint64_t sum() const {
    std::uint64_t sum = 0;
    for (Node node = 0; node < children_.size(); ++node) sum += is_leaf(node) ? values_[node] : 0;
    return sum;
  }
  // Leaves that were not visited so many times, and inner nodes that were taken for leaves.
  std::uint32_t visited_otherwise(std::uint32_t times) const {
    std::uint32_t wrong = 0;
    for (Node node = 0; node < children_.size(); ++node)
      wrong += visits_[node].load() == (is_leaf(node) ? times : 0) ? 0 : 1;
    return wrong;
  }
  Node last_leaf() const { return static_cast<Node>(children_.size() - 1); }

  Node bad_leaf = static_cast<Node>(-1);  // throws

 private:
  std::vector<std::vector<Node>> children_;
  std::vector<std::uint64_t> values_;
  mutable std::vector<std::atomic<std::uint32_t>> visits_;
};

}  // namespace bookstore::test
