#include "workloads/bookstore/catalogue.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "workloads/random.hpp"

namespace bookstore::workload {
namespace {

TEST(Catalogue, FindsEveryTitleFromWhatTheCustomerRemembers) {
  for (const std::uint64_t seed : {0u, 1u, 99u}) {
    for (const std::uint32_t titles : {1u, 2u, 5u, 64u, 4096u}) {
      const Catalogue catalogue(seed, titles);
      ASSERT_EQ(catalogue.size(), titles);
      Index index;
      index.build(catalogue);
      for (TitleId id = 0; id < titles; ++id)
        for (std::uint64_t noise = id; noise < id + 3; ++noise)
          ASSERT_EQ(index.find(catalogue, catalogue.remember(id, noise)), id)
              << "seed " << seed << ", titles " << titles << ", noise " << noise;
    }
  }
}

TEST(Catalogue, CustomersRememberTheAuthorAndAllLettersOfTheTitleButOne) {
  const Catalogue catalogue(3, 200);
  for (TitleId id = 0; id < catalogue.size(); ++id) {
    const Memory memory = catalogue.remember(id, mix64(id));
    EXPECT_EQ(memory.author, catalogue[id].author);
    EXPECT_EQ(memory.name.size(), catalogue[id].name.size());
    EXPECT_EQ(edit_distance(memory.name, catalogue[id].name), 1u);
  }
}

TEST(Catalogue, NumbersFollowTheOrderOfTheShelves) {
  const Catalogue catalogue(7, 3000);
  for (TitleId id = 1; id < catalogue.size(); ++id) {
    ASSERT_TRUE(stands_before(catalogue[id - 1], catalogue[id])) << id;
    ASSERT_FALSE(stands_before(catalogue[id], catalogue[id - 1])) << id;
  }
}

TEST(Catalogue, BooksStandBySectionThenAuthorThenTitle) {
  EXPECT_TRUE(stands_before({1, "z", "z"}, {2, "a", "a"}));
  EXPECT_TRUE(stands_before({1, "a", "z"}, {1, "b", "a"}));
  EXPECT_TRUE(stands_before({1, "a", "a"}, {1, "a", "b"}));
  EXPECT_FALSE(stands_before({1, "a", "a"}, {1, "a", "a"}));
}

TEST(Catalogue, IsAPureFunctionOfItsSeed) {
  const Catalogue one(1, 50), again(1, 50), other(2, 50);
  std::uint32_t different = 0;
  for (TitleId id = 0; id < one.size(); ++id) {
    EXPECT_EQ(one[id].name, again[id].name);
    EXPECT_EQ(one[id].author, again[id].author);
    EXPECT_EQ(one[id].section, again[id].section);
    different += one[id].name != other[id].name ? 1 : 0;
  }
  EXPECT_GT(different, 25u);
}

TEST(Catalogue, AnUnknownAuthorIsFoundNowhere) {
  const Catalogue catalogue(1, 40);
  Index index;
  index.build(catalogue);
  for (const char* author : {"", "Nobody", "zzzzzzzzzzzz"})
    EXPECT_EQ(index.find(catalogue, {author, catalogue[0].name}), catalogue.size()) << author;
}

TEST(Catalogue, NeedsATitle) { EXPECT_THROW(Catalogue(1, 0), std::invalid_argument); }

// The first five are the literature's own examples.
TEST(EditDistance, KnownAnswers) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("saturday", "sunday"), 3u);
  EXPECT_EQ(edit_distance("intention", "execution"), 5u);
  EXPECT_EQ(edit_distance("flaw", "lawn"), 2u);
  EXPECT_EQ(edit_distance("rosettacode", "raisethysword"), 8u);
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("same", "same"), 0u);
  EXPECT_EQ(edit_distance(std::string(64, 'a'), std::string(64, 'b')), 64u);
}

TEST(EditDistance, RefusesWhatItHasNoRoomFor) {
  EXPECT_THROW(edit_distance(std::string(65, 'a'), "a"), std::length_error);
  EXPECT_THROW(edit_distance("a", std::string(65, 'a')), std::length_error);
}

}  // namespace
}  // namespace bookstore::workload
