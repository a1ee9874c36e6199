// Workers of a ThreadPool that claim tasks, or the subtrees of a tree, one by one.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "bench/backends/thread_pool.hpp"
#include "bench/seam/run.hpp"

namespace bookstore::backend {

// Every worker has its own copy of `body` and calls it on one task after the other that it claims from its
// line, until that is empty or a call has thrown; the first exception is rethrown when all have ended.
template <class Body>
void run_claimed(ThreadPool& pool, const Roster& roster, Lines& lines, const Body& body) {
  FirstFailure failure;
  auto claim = [&](int worker) {
    Line& line = lines[roster.line_of(worker)];
    const std::uint32_t size = line.size();
    const Line::Order order = line.order();
    Body own_body = body;
    while (!failure.failed()) {
      const std::uint32_t place = line.claim();
      if (place >= size) return;
      try {
        own_body(order[place]);
      } catch (...) {
        failure.keep_current();
      }
    }
  };
  pool.run_on_all(claim);
  failure.rethrow();
}

// Of so many tasks that may be in flight, those of one of the workers.
inline std::uint32_t share_of(std::uint32_t in_flight, int worker, int workers) {
  if (in_flight == AllAtOnce::unlimited) return in_flight;
  const auto all = static_cast<std::uint32_t>(workers);
  return in_flight / all + (static_cast<std::uint32_t>(worker) < in_flight % all ? 1 : 0);
}

// Enough for workers of unequal speed to end at about the same time, on trees that are not too lopsided.
inline constexpr std::size_t subtrees_per_worker = 64;

// The nodes at depth `cutoff` and the leaves above; without a cut-off, of the first depth that has at least
// `enough`.
template <Tree T>
std::vector<typename T::Node> open_tree(const T& tree, std::uint32_t cutoff, std::size_t enough) {
  if (cutoff != no_cutoff) enough = SIZE_MAX;
  std::vector<typename T::Node> nodes{tree.root()};
  bool opened = true;
  for (std::uint32_t depth = 0; opened && depth < cutoff && nodes.size() < enough; ++depth) {
    opened = false;
    std::vector<typename T::Node> below;
    for (const auto& node : nodes) {
      if (tree.is_leaf(node)) {
        below.push_back(node);
      } else {
        below.push_back(tree.split(node, [&](typename T::Node child) { below.push_back(child); }));
        opened = true;
      }
    }
    nodes = std::move(below);
  }
  return nodes;
}

// A fork handed from thread to thread would cost more than most subtrees: the tree is opened level by level
// until there are enough subtrees to share out, and these are claimed one by one and counted by plain
// recursion.
template <Tree T>
std::uint64_t count_claimed(ThreadPool& pool, const T& tree, std::uint32_t cutoff) {
  const auto subtrees = open_tree(tree, cutoff, subtrees_per_worker * static_cast<std::size_t>(pool.size()));
  std::atomic<std::uint64_t> sum{0};
  Lines lines(static_cast<std::uint32_t>(subtrees.size()));
  run_claimed(pool, Roster(Team(pool.size())), lines, [&](std::uint32_t subtree) {
    sum.fetch_add(count_plainly(tree, subtrees[subtree]), std::memory_order_relaxed);
  });
  return sum.load(std::memory_order_relaxed);
}

namespace detail {

template <Tree T>
struct Subtrees {
  const T& tree;
  std::vector<typename T::Node> nodes;
  std::vector<std::uint64_t> sums;

  std::uint32_t size() const { return static_cast<std::uint32_t>(nodes.size()); }
  Wait step(std::uint32_t node, std::uint32_t) {
    sums[node] = count_plainly(tree, nodes[node]);
    return done;
  }
};

}  // namespace detail

// The same on a backend that knows tasks alone: each subtree is one.
template <class Backend, Tree T>
std::uint64_t count_as_tasks(Backend& backend, const T& tree, std::uint32_t cutoff, std::size_t per_worker) {
  detail::Subtrees<T> subtrees{
      .tree = tree,
      .nodes = open_tree(tree, cutoff, per_worker * static_cast<std::size_t>(backend.workers())),
      .sums = {}};
  subtrees.sums.resize(subtrees.nodes.size());
  backend.run(subtrees, AllAtOnce{});
  return std::accumulate(subtrees.sums.begin(), subtrees.sums.end(), std::uint64_t{0});
}

}  // namespace bookstore::backend
