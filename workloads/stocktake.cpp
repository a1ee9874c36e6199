#include "workloads/stocktake.hpp"

#include "workloads/random.hpp"

namespace bookstore::workload {

namespace {

std::uint64_t nodes_under(const ShelfTree& tree, ShelfTree::Node node) {
  if (tree.is_leaf(node)) return 1;
  std::uint64_t nodes = 1;
  const auto last = tree.split(node, [&](ShelfTree::Node child) { nodes += nodes_under(tree, child); });
  return nodes + nodes_under(tree, last);
}

}  // namespace

Shelves::Shelves(std::uint32_t shelves, std::uint64_t seed) : books_(shelves) {
  SplitMix64 random{seed};
  for (std::uint8_t& books : books_) {
    books = static_cast<std::uint8_t>(random.below(256));
    all_books_ += books;
  }
}

[[gnu::noinline]] std::uint64_t count_shelf(const Shelves& shelves, std::uint32_t shelf) {
  return shelves.books(shelf);
}

std::uint64_t ShelfTree::forks() const { return nodes_under(*this, root()) - 1; }

}  // namespace bookstore::workload
