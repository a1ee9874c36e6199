#include "workloads/bookstore/shop.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <stdexcept>
#include <string>

#include "tests/support/shop.hpp"
#include "workloads/bookstore/locks.hpp"

namespace bookstore::workload {
namespace {

using test::direct_digest;
using test::do_in_random_order;
using test::small_day;

template <class Locks>
class AnyOrder : public testing::Test {};
using LockPolicies = testing::Types<NoLocks, ShelfLocks>;
TYPED_TEST_SUITE(AnyOrder, LockPolicies);

TYPED_TEST(AnyOrder, EndsInTheSameShop) {
  for (const Mix& mix : mix_table()) {
    for (const double seed : {1.0, 2.0}) {
      const Plan plan(mix, small_day(300, seed));
      const std::uint64_t expected = direct_digest(plan);
      for (const std::uint32_t at_once : {1u, 17u, 300u}) {
        Shop<TypeParam> shop(plan);
        shop.open();
        do_in_random_order(shop, 7 * at_once, at_once, [] {});
        shop.close();
        EXPECT_EQ(shop.digest(), expected) << mix.name << ", seed " << seed << ", " << at_once << " at once";
      }
    }
  }
}

TYPED_TEST(AnyOrder, ConservesBooksAndCentsAfterEveryStep) {
  const Plan plan(find_mix("day"), small_day(200));
  Shop<TypeParam> shop(plan);
  EXPECT_NO_THROW(shop.audit().prove(false));
  shop.open();
  do_in_random_order(shop, 3, 50, [&] { ASSERT_NO_THROW(shop.audit().prove(false)); });
  EXPECT_NO_THROW(shop.audit().prove(true));
}

static_assert(ForeseeingJob<Shop<NoLocks>> && ForeseeingJob<Shop<ShelfLocks>>);

TEST(Shop, IsTheSameWhetherItsTasksWereForeseenOrNot) {
  const Plan plan(find_mix("day"), small_day(100, 1));
  Shop<NoLocks> shop(plan);
  shop.open();
  for (std::uint32_t task = 0; task < shop.size(); ++task) shop.foresee(task);
  do_directly(shop);
  shop.close();
  EXPECT_EQ(shop.digest(), direct_digest(plan));
}

TEST(Shop, DigestTellsPlansApart) {
  EXPECT_NE(direct_digest(Plan(find_mix("counter"), small_day(100, 1))),
            direct_digest(Plan(find_mix("counter"), small_day(100, 2))));
  EXPECT_NE(direct_digest(Plan(find_mix("counter"), small_day(100, 1))),
            direct_digest(Plan(find_mix("counter"), small_day(101, 1))));
}

TEST(Shop, AddsUpToWhatTheDayDid) {
  const Plan plan(find_mix("day"), small_day(1000));
  Shop<NoLocks> shop(plan);
  const Audit before = shop.audit();
  shop.open();
  do_directly(shop);
  const Audit after = shop.audit();
  EXPECT_EQ(after.shelved, before.shelved - 450 + 90 * 64);
  EXPECT_EQ(after.on_cart, 450u);
  EXPECT_EQ(before.on_loan, 450u);
  EXPECT_EQ(after.on_loan, 450u);  // all of before came back, as many went out
  EXPECT_EQ(after.to_shelve, 0u);
  EXPECT_EQ(after.finished, 1000u);
  std::int64_t till = float_cents - 450 * refund_cents;
  for (std::uint32_t task = 0; task < plan.size(); ++task)
    if (plan.kind(task) == Kind::rent_book) till += rent_cents(plan.catalogue()[plan.subject(task)].section);
  EXPECT_EQ(after.drawers, till);
}

// A day done whole, then `fault`; what close() says of it.
std::string closing_after(const std::function<void(Shop<NoLocks>&, Shelf<NoLocks::Lock>&)>& fault) {
  const Plan plan(find_mix("day"), small_day(200));
  Shop<NoLocks> shop(plan);
  shop.open();
  do_directly(shop);
  // The shop shows its shelves to be read; a fault writes.
  fault(shop, const_cast<Shelf<NoLocks::Lock>&>(shop.shelves()[2]));
  try {
    shop.close();
  } catch (const WrongResult& wrong) {
    return wrong.what();
  }
  return "";
}

TEST(Shop, ClosingFindsWhatIsMissing) {
  EXPECT_EQ(closing_after([](auto&, auto&) {}), "");
  const auto extra_book = [](auto&, auto& shelf) { shelf.put(shelf.places().front().title); };
  EXPECT_NE(closing_after(extra_book).find("books do not add up"), std::string::npos);
  const auto lost_cent = [](auto&, auto& shelf) { shelf.collect(-1); };
  EXPECT_NE(closing_after(lost_cent).find("the till holds"), std::string::npos);
}

TEST(Shop, ClosingFindsATaskThatWasNotFinished) {
  const Plan plan(find_mix("errands"), small_day(20));
  Shop<NoLocks> shop(plan);
  shop.open();
  for (std::uint32_t task = 0; task < plan.size(); ++task) {
    shop.step(task, 0);
    if (task != 13) shop.step(task, 1);
  }
  try {
    shop.close();
    FAIL() << "closed";
  } catch (const WrongResult& wrong) {
    EXPECT_STREQ(wrong.what(), "19 of 20 tasks finished");
  }
}

TEST(Shop, DigestSeesABookOnTheWrongShelf) {
  const Plan plan(find_mix("day"), small_day(200));
  Shop<NoLocks> shop(plan);
  shop.open();
  do_directly(shop);
  const std::uint64_t right = shop.digest();
  auto& from = const_cast<Shelf<NoLocks::Lock>&>(shop.shelves()[1]);
  const TitleId book = from.places().front().title;
  from.take(book);
  const_cast<Shelf<NoLocks::Lock>&>(shop.shelves()[4]).put(book);
  EXPECT_NE(shop.digest(), right);
}

TEST(Audit, ProvesEachSum) {
  const Audit right{.owned = 10,
                    .shelved = 4,
                    .on_cart = 3,
                    .on_loan = 2,
                    .to_shelve = 1,
                    .drawers = 5,
                    .receipts = 5,
                    .planned = 2,
                    .finished = 2};
  EXPECT_NO_THROW(right.prove(true));
  for (const auto& fault : std::initializer_list<std::function<void(Audit&)>>{
           [](Audit& sums) { ++sums.shelved; }, [](Audit& sums) { --sums.on_cart; },
           [](Audit& sums) { ++sums.on_loan; }, [](Audit& sums) { ++sums.to_shelve; },
           [](Audit& sums) { ++sums.drawers; }, [](Audit& sums) { --sums.receipts; },
           [](Audit& sums) { sums.shelves_in_order = false; }}) {
    Audit wrong = right;
    fault(wrong);
    EXPECT_THROW(wrong.prove(true), WrongResult);
    EXPECT_THROW(wrong.prove(false), WrongResult);
  }
  Audit unfinished = right;
  unfinished.finished = 1;
  EXPECT_THROW(unfinished.prove(true), WrongResult);
  EXPECT_NO_THROW(unfinished.prove(false));
}

class Protocol : public testing::Test {
 protected:
  Plan plan_{find_mix("errands"), small_day(5)};
  Shop<NoLocks> shop_{plan_};
};

TEST_F(Protocol, NoTaskRunsWhileTheShopIsShut) {
  EXPECT_THROW(shop_.step(0, 0), std::logic_error);
  shop_.open();
  do_directly(shop_);
  shop_.close();
  EXPECT_THROW(shop_.step(0, 0), std::logic_error);
}

TEST_F(Protocol, StepsComeInOrderAndOnce) {
  shop_.open();
  EXPECT_THROW(shop_.step(0, 1), std::logic_error);
  shop_.step(0, 0);
  EXPECT_THROW(shop_.step(0, 0), std::logic_error);
  EXPECT_THROW(shop_.step(0, 2), std::logic_error);
  EXPECT_LT(shop_.step(0, 1), 0);
  EXPECT_THROW(shop_.step(0, 0), std::logic_error);
  EXPECT_THROW(shop_.step(0, 1), std::logic_error);
  EXPECT_THROW(shop_.step(0, 2), std::logic_error);
}

TEST_F(Protocol, TheShopOpensAndClosesOnce) {
  EXPECT_THROW(shop_.close(), std::logic_error);
  shop_.open();
  EXPECT_THROW(shop_.open(), std::logic_error);
  do_directly(shop_);
  shop_.close();
  EXPECT_THROW(shop_.close(), std::logic_error);
  EXPECT_THROW(shop_.open(), std::logic_error);
}

TEST_F(Protocol, OpeningAndClosingAreJobsOfOneTask) {
  Opening<NoLocks> opening{shop_};
  Closing<NoLocks> closing{shop_};
  EXPECT_EQ(opening.size(), 1u);
  EXPECT_EQ(closing.size(), 1u);
  EXPECT_LT(opening.step(0, 0), 0);
  EXPECT_THROW(closing.step(0, 0), WrongResult) << "nothing was done";
}

TEST(ShelfOfBooks, GivesOnlyWhatItHas) {
  Shelf<NoLocks::Lock> shelf;
  const std::array<std::uint32_t, 3> stock{1, 0, 2}, lent{0, 1, 0};
  shelf.furnish(100, stock, lent);
  shelf.take(100);
  EXPECT_THROW(shelf.take(100), std::logic_error);
  EXPECT_THROW(shelf.take(101), std::logic_error);
  EXPECT_THROW(shelf.take(103), std::logic_error);
  shelf.put(101);
  shelf.put(100);
  EXPECT_TRUE(shelf.in_order());
  EXPECT_EQ(shelf.places().size(), 3u);
  shelf.put_on_cart(102);
  shelf.put_on_cart(102);
  EXPECT_THROW(shelf.put_on_cart(102), std::logic_error) << "more came back than were lent";
}

TEST(ShelfOfBooks, KnowsWhenItIsOutOfOrder) {
  Shelf<NoLocks::Lock> shelf;
  const std::array<std::uint32_t, 2> stock{1, 1}, lent{0, 0};
  shelf.furnish(5, stock, lent);
  EXPECT_TRUE(shelf.in_order());
  const_cast<Place&>(shelf.places()[0]).title = 9;
  EXPECT_FALSE(shelf.in_order());
}

}  // namespace
}  // namespace bookstore::workload
