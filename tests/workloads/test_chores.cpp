#include "workloads/bookstore/chores.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include "workloads/bookstore/popularity.hpp"
#include "workloads/bookstore/receipt.hpp"
#include "workloads/digest.hpp"
#include "workloads/random.hpp"

namespace bookstore::workload {
namespace {

// CRC-32/ISO-HDLC: the check value of the catalogue of parametrised CRC algorithms, and zlib's answer for
// "a".
TEST(Seal, KnownAnswers) {
  EXPECT_EQ(seal("123456789"), 0xcbf43926u);
  EXPECT_EQ(seal("a"), 0xe8b7be43u);
  EXPECT_EQ(seal(""), 0u);
}

TEST(Seal, OfAWholeIsTheSealOfItsParts) { EXPECT_EQ(seal("456789", seal("123")), seal("123456789")); }

// The published vectors of XXH64 with seed 0.
TEST(DigestOfValues, KnownAnswers) {
  EXPECT_EQ(Digest().value(), 0xef46db3751d8e999u);
  const auto of = [](std::string_view text) {
    Digest digest;
    digest.add_all(std::span<const char>(text));
    return digest.value();
  };
  EXPECT_EQ(of("a"), 0xd24ec4f1a98c6e5bu);
  EXPECT_EQ(of("abc"), 0x44bc2cf5ad770999u);
}

// The vectors of the generator's reference implementation for the seeds 0 and 1234567.
TEST(Random, KnownAnswers) {
  SplitMix64 zero{0};
  EXPECT_EQ(zero.next(), 0xe220a8397b1dcdafu);
  EXPECT_EQ(zero.next(), 0x6e789e6aa1b965f4u);
  EXPECT_EQ(zero.next(), 0x06c45d188009454fu);
  SplitMix64 random{1234567};
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
  EXPECT_EQ(random.next(), 9817491932198370423u);
}

TEST(Random, StaysInItsRangesAndReachesTheirEnds) {
  SplitMix64 random{5};
  std::vector<int> seen(3, 0);
  for (int i = 0; i < 1000; ++i) {
    const double uniform = random.uniform();
    ASSERT_GE(uniform, 0);
    ASSERT_LT(uniform, 1);
    ++seen.at(random.below(3));
  }
  for (const int count : seen) EXPECT_GT(count, 250);
}

// Each chore gives the same for the same arguments, and another answer when any of them changes.
void expect_depends_on_all(const std::vector<std::function<std::uint32_t()>>& variants) {
  for (std::size_t i = 0; i < variants.size(); ++i)
    for (std::size_t j = 0; j < variants.size(); ++j)
      EXPECT_EQ(variants[i]() == variants[j](), i == j) << "variants " << i << " and " << j;
}

TEST(Chores, AreFunctionsOfAllTheirArguments) {
  const Title book{1, "bafabe", "cado defa"}, by_other{1, "bafabu", "cado defa"},
      other{1, "bafabe", "cado defu"};
  expect_depends_on_all(
      {[] { return grind(50, 1); }, [] { return grind(51, 1); }, [] { return grind(50, 2); }});
  expect_depends_on_all({[] { return pour(50, 1); }, [] { return pour(51, 1); }, [] { return pour(50, 2); }});
  expect_depends_on_all({[] { return sort_letters(50, 1); }, [] { return sort_letters(51, 1); },
                         [] { return sort_letters(50, 2); }});
  expect_depends_on_all({[&] { return inspect(book, 5, 1); }, [&] { return inspect(other, 5, 1); },
                         [&] { return inspect(book, 6, 1); }, [&] { return inspect(book, 5, 2); }});
  expect_depends_on_all(
      {[&] { return ledger_entry(1, book, 150, 3); }, [&] { return ledger_entry(2, book, 150, 3); },
       [&] { return ledger_entry(1, by_other, 150, 3); }, [&] { return ledger_entry(1, other, 150, 3); },
       [&] { return ledger_entry(1, book, 160, 3); }, [&] { return ledger_entry(1, book, 150, 4); }});
}

// Pearson's chi-square of the picks against Zipf's law, most popular shelf first. The shelves are shuffled,
// so they are ranked by their counts; the law's own counts lie several standard deviations apart.
double chi_square(std::uint32_t shelves, double skew, std::uint64_t seed) {
  constexpr std::uint32_t picks = 400'000;
  const Popularity popularity(shelves, skew, seed);
  SplitMix64 random{seed + 1};
  std::vector<double> counts(shelves, 0);
  for (std::uint32_t i = 0; i < picks; ++i) ++counts.at(popularity.pick(random));
  std::ranges::sort(counts, std::greater{});
  std::vector<double> law(shelves);
  for (std::uint32_t rank = 0; rank < shelves; ++rank) law[rank] = std::pow(rank + 1.0, -skew);
  const double total = std::accumulate(law.begin(), law.end(), 0.0);
  double sum = 0;
  for (std::uint32_t rank = 0; rank < shelves; ++rank) {
    const double expected = picks * law[rank] / total;
    sum += (counts[rank] - expected) * (counts[rank] - expected) / expected;
  }
  return sum;
}

TEST(PopularityOfShelves, FollowsZipfsLaw) {
  constexpr double quantile_9_degrees = 33.7;  // of chi-square with 9 degrees of freedom at 0.9999
  for (const double skew : {0.0, 0.5, 1.0, 2.0})
    for (const std::uint64_t seed : {1u, 2u, 3u})
      EXPECT_LT(chi_square(10, skew, seed), quantile_9_degrees) << skew;
}

TEST(PopularityOfShelves, EachSeedHasAFavouriteOfItsOwn) {
  std::vector<std::uint32_t> favourites;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SplitMix64 random{1};
    favourites.push_back(Popularity(100, 10, seed).pick(random));
  }
  std::ranges::sort(favourites);
  EXPECT_GT(std::unique(favourites.begin(), favourites.end()) - favourites.begin(), 10);
}

TEST(PopularityOfShelves, OneShelfIsAlwaysPicked) {
  SplitMix64 random{1};
  const Popularity popularity(1, 1, 1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(popularity.pick(random), 0u);
}

}  // namespace
}  // namespace bookstore::workload
