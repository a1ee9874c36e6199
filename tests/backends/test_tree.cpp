// Fork and join: every backend counts every tree alike, each leaf once.
#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "tests/support/backends.hpp"
#include "tests/support/trees.hpp"
#include "workloads/stocktake.hpp"

namespace bookstore::backend {
namespace {

using test::RandomTree;
using test::workers_of;

template <class Backend>
class TreeOn : public testing::Test {};
TYPED_TEST_SUITE(TreeOn, test::AllBackends, test::BackendNames);

TYPED_TEST(TreeOn, OfAnyShapeIsCountedOnceUnderAnyCutoff) {
  for (const int workers : {1, 2, 5}) {
    TypeParam backend(workers_of<TypeParam>(workers));
    for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
      for (const std::uint32_t nodes : {1u, 2u, 3u, 50u, 3000u}) {
        const RandomTree tree(nodes, seed);
        std::uint32_t times = 0;
        for (const std::uint32_t cutoff : {0u, 1u, 2u, 7u, no_cutoff}) {
          EXPECT_EQ(backend.count(tree, cutoff), tree.sum())
              << nodes << " nodes, seed " << seed << ", cutoff " << cutoff << ", " << workers << " workers";
          EXPECT_EQ(tree.visited_otherwise(++times), 0u);
        }
      }
    }
  }
}

TYPED_TEST(TreeOn, OfShelvesHoldsAllBooks) {
  TypeParam backend(workers_of<TypeParam>(3));
  for (const std::uint32_t shelves : {1u, 2u, 9u, 10u, 11u, 1000u, 12'345u}) {
    const workload::Shelves stock(shelves, shelves);
    for (const std::uint32_t fanout : {2u, 3u, 10u, 20'000u})
      EXPECT_EQ(backend.count(workload::ShelfTree(stock, fanout)), stock.all_books())
          << shelves << " shelves, fan-out " << fanout;
  }
}

TYPED_TEST(TreeOn, ThatThrowsGivesItsFailureToTheCallerAndTheBackendLivesOn) {
  TypeParam backend(workers_of<TypeParam>(3));
  for (const std::uint32_t cutoff : {0u, 3u, no_cutoff}) {
    RandomTree tree(2000, 7);
    tree.bad_leaf = tree.last_leaf();
    try {
      backend.count(tree, cutoff);
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()), "leaf " + std::to_string(tree.bad_leaf));
    }
    const RandomTree sound(2000, 8);
    EXPECT_EQ(backend.count(sound, cutoff), sound.sum());
  }
}

}  // namespace
}  // namespace bookstore::backend
