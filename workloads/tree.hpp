// The seam for fork-join: a tree whose leaves are counted. Beside Job, which is a list of independent tasks.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>

namespace bookstore {

// A tree that a backend can count. leaf(node) is the work of a leaf; split(node, visit) calls visit(child)
// for each child of an inner node but the last, from first to last, and answers the last, which is counted by
// whoever counts the node: one who is told only afterwards which was the last must hold every child back for
// a turn. There is at least one child. Nodes are small values. All members may be called at the same time for
// different nodes; leaf() may throw.
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
  // A leaf is seen to here: a call for each of them would cost as much as the rest.
  const auto add = [&](typename T::Node child) {
    sum += tree.is_leaf(child) ? tree.leaf(child) : count_plainly(tree, child);
  };
  add(tree.split(node, add));
  return sum;
}

}  // namespace bookstore
