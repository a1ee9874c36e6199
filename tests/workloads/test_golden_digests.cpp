// The digests of fixed plans, written down once: equal by every compiler, in every build type, under every
// sanitizer, on every machine. The other tests compare a run with the plain loop of the same binary, and
// would not see what changes both.
//
// A digest changes when the plan, a step or the digest itself does, and then no result can be compared with
// an older one any more: that needs a reason. The new table is what this test prints when it fails.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <ios>
#include <string_view>
#include <utility>

#include "tests/support/shop.hpp"
#include "workloads/bookstore/plan.hpp"
#include "workloads/grain.hpp"
#include "workloads/service.hpp"
#include "workloads/stocktake.hpp"

namespace bookstore::workload {
namespace {

struct Golden {
  std::string_view workload;
  double seed;
  double skew;
  std::uint64_t digest;
};

constexpr Golden table[] = {
    {"shelving", 1, 0, 0x5ca24569e00520a0}, {"shelving", 42, 0, 0x36a5ea71955e775b},
    {"counter", 1, 0, 0x8bc81b2899a02a46},  {"counter", 42, 0, 0xe0bef985e63b3f57},
    {"errands", 1, 0, 0xd81d1bb288ecae2c},  {"errands", 42, 0, 0xa9a98df141a546d5},
    {"day", 1, 0, 0xf9cb4ce16f1ac99f},      {"day", 42, 0, 0xeb3c0ed4ee72c2a9},
    {"day", 1, 1.5, 0x2bd616d50fad03e5},
};

TEST(GoldenDigests, HoldForEveryWorkload) {
  for (const Golden& golden : table) {
    Parameters parameters;
    parameters.tasks = 2'000;
    parameters.seed = golden.seed;
    parameters.skew = golden.skew;
    const std::uint64_t digest = test::direct_digest(Plan(find_mix(golden.workload), parameters));
    EXPECT_EQ(digest, golden.digest) << "{\"" << golden.workload << "\", " << golden.seed << ", "
                                     << golden.skew << ", 0x" << std::hex << digest << "},";
  }
}

TEST(GoldenDigests, AreThereForEveryMix) {
  for (const Mix& mix : mix_table())
    EXPECT_TRUE(std::ranges::any_of(table, [&](const Golden& golden) { return golden.workload == mix.name; }))
        << mix.name;
}

// By spread. How many links a nanosecond has differs from machine to machine; the digest does not.
TEST(GoldenDigests, HoldForService) {
  constexpr std::pair<Spread, std::uint64_t> spreads[] = {
      {Spread::constant, 0xd1e45cdcb49fad35},
      {Spread::exponential, 0xb3e8c22ace123f36},
      {Spread::lognormal, 0x486e78667fa549eb},
  };
  for (const auto& [spread, golden] : spreads) {
    for (const double links_per_ns : {0.01, 0.03}) {
      const ServiceShape shape{.steps = {{2'000, 1'000'000}, {500, 0}}, .spread = spread};
      const ServicePlan plan(shape, {.tasks = 2'000, .seed = 42}, links_per_ns);
      Service service(plan);
      do_directly(service);
      EXPECT_EQ(service.digest(), golden) << "0x" << std::hex << service.digest();
    }
  }
}

TEST(GoldenSums, HoldForGrainAndStocktake) {
  GrainTally tally;
  const GrainPlan plan(100, 1'000);
  GrainJob job{plan, tally};
  for (std::uint32_t call = 0; call < job.size(); ++call) job.step(call, 0);
  EXPECT_EQ(tally.sum(), 0xf78270d88e0faa2u);
  EXPECT_EQ(Shelves(10'000, 1).all_books(), 1'248'235u);
}

}  // namespace
}  // namespace bookstore::workload
