// The seam for fork-join: a tree whose leaves are counted. Beside Job, which is a list of independent tasks.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>

namespace bookstore {

// A tree that a backend can count.
//
// - leaf(node) does the work of a leaf, and may throw.
// - split(node, visit) takes an inner node apart, which has at least one child. split calls visit(child) for
//   every child but the last, in order, and returns the last child.
//
// The backend forks the visited children, and counts the returned child on the worker that split the node.
// Were the last child visited like the others, a backend could not know it by then, and would have to hold
// back each child until the next one came.
//
// Nodes are small values. All members may be called at the same time for different nodes.
template <class T>
concept Tree = requires(const T& tree, typename T::Node node) {
  { tree.root() } -> std::same_as<typename T::Node>;
  { tree.is_leaf(node) } -> std::same_as<bool>;
  { tree.leaf(node) } -> std::same_as<std::uint64_t>;
  {
    tree.split(node, [](typename T::Node) {})
    } -> std::same_as<typename T::Node>;
};

// How deep a backend forks: the children of a node at this depth are counted by plain recursion.
inline constexpr std::uint32_t no_cutoff = std::numeric_limits<std::uint32_t>::max();

// The sum over all leaves under `node`, on the calling thread.
template <Tree T>
std::uint64_t count_plainly(const T& tree, typename T::Node node) {
  if (tree.is_leaf(node)) return tree.leaf(node);
  std::uint64_t sum = 0;
  // Leaves are counted in the loop: a call for each leaf would cost as much as the rest.
  const auto add = [&](typename T::Node child) {
    sum += tree.is_leaf(child) ? tree.leaf(child) : count_plainly(tree, child);
  };
  add(tree.split(node, add));
  return sum;
}

}  // namespace bookstore
