// workers:n is the number of threads that run tasks.
#include <gtest/gtest.h>

#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/measure/probes/roll_call.hpp"
#include "bench/seam/limits.hpp"
#include "tests/support/backends.hpp"

namespace bookstore::backend {
namespace {

template <class Backend>
class Workers : public testing::Test {};
TYPED_TEST_SUITE(Workers, test::AllBackends, test::BackendNames);

TYPED_TEST(Workers, AreAsManyThreadsAsAskedFor) {
  for (const int workers : {1, 2, 7, 64, 2, 1}) {
    if (TypeParam::traits.single_threaded && workers > 1) continue;
    TypeParam backend(workers);
    EXPECT_EQ(backend.workers(), workers);
    EXPECT_NO_THROW(measure::call_roll(backend)) << workers;
    EXPECT_NO_THROW(measure::call_roll(backend)) << workers << ", again";
  }
}

TYPED_TEST(Workers, AreOneWhereThereCannotBeMore) {
  if (!TypeParam::traits.single_threaded) {
    EXPECT_EQ(TypeParam(2).workers(), 2);
    return;
  }
  try {
    TypeParam backend(2);
    FAIL() << "two workers";
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(std::string(error.what()),
              std::string(TypeParam::traits.name) + " has one worker; workers is 2");
  }
}

TYPED_TEST(Workers, BelowOneAreRefused) {
  for (const int workers : {0, -1, -1'000'000'000})
    EXPECT_THROW(TypeParam{workers}, std::invalid_argument) << workers;
}

TYPED_TEST(Workers, BeyondTheMachineAreRefusedBeforeAnyIsStarted) {
  if (TypeParam::traits.single_threaded)
    EXPECT_THROW(TypeParam{1'000'000'000}, std::invalid_argument);
  else
    EXPECT_THROW(TypeParam{1'000'000'000}, LimitReached);
}

#ifdef BOOKSTORE_HAVE_TBB
// It would go on with fewer threads, and whoever waits for all of them would wait for ever.
TEST(Limits, OfTbbAreFixedByItsFirstUseInAProcess) {
  const Tbb first(2);
  EXPECT_NO_THROW(Tbb{256});
  try {
    const Tbb larger(300);
    FAIL() << "more threads than the runtime gives";
  } catch (const LimitReached& limit) {
    EXPECT_EQ(
        std::string(limit.what()),
        "tbb: 300 workers, but its first use in this process fixed at most 256; ask for the larger pool "
        "in a process of its own");
  }
}
#endif

TEST(Wishes, ThatABackendWouldPassOverAreRefused) {
  const std::vector<Roles> trained{1, 2};
  Registry::for_each([&]<class Backend>() {
    Team roled(Backend::traits.single_threaded ? 1 : 2);
    roled.trained.assign(trained.begin(), trained.begin() + roled.workers);
    Team behind(1);
    behind.door = true;
    Team apart(1);
    apart.per_thread = true;
    Team dealt(1);
    dealt.static_split = true;
    for (const Load load : {Load::closed, Load::open}) {
      if (!Backend::traits.roles) {
        EXPECT_THROW(Backend(roled, load), std::invalid_argument);
      }
      if (!Backend::traits.door) {
        EXPECT_THROW(Backend(behind, load), std::invalid_argument);
      }
      if (!Backend::traits.per_thread) {
        EXPECT_THROW(Backend(apart, load), std::invalid_argument);
      }
    }
    if (!Backend::traits.static_split) {
      EXPECT_THROW(Backend(dealt, Load::closed), std::invalid_argument);
    } else {
      EXPECT_NO_THROW(Backend(dealt, Load::closed));
      EXPECT_THROW(make_backend<Backend>(dealt, Load::open), std::invalid_argument);
      dealt.trained = {1};
      EXPECT_THROW(Backend(dealt, Load::closed), std::invalid_argument) << "with roles";
    }
    if (Backend::traits.roles) {
      EXPECT_NO_THROW(Backend(roled, Load::closed));
    }
    if (Backend::traits.door) {
      EXPECT_NO_THROW(Backend(behind, Load::open));
    }
  });
}

TEST(Limits, NameTheBackendTheNumberAndTheBound) {
  constexpr BackendTraits pool{"pool", Waits::blocking, false, false};
  EXPECT_GE(thread_limit(), 1);
  EXPECT_NO_THROW(require_threads(pool, 1));
  EXPECT_NO_THROW(require_threads(pool, thread_limit()));
  EXPECT_THROW(require_threads(pool, thread_limit() + 1), LimitReached);
  EXPECT_THROW(require_threads(pool, 0), std::invalid_argument);
  EXPECT_THROW(require_threads(pool, -1), std::invalid_argument);
  try {
    require_threads(pool, 1'000'000'000);
    FAIL() << "a thousand million threads";
  } catch (const LimitReached& limit) {
    EXPECT_EQ(std::string(limit.what()), "pool: 1000000000 workers, but this machine allows at most " +
                                             std::to_string(thread_limit()) + " threads");
  }
}

}  // namespace
}  // namespace bookstore::backend
