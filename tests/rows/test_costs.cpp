#include "bench/rows/costs.hpp"

#include <gtest/gtest.h>

#include <string>

#include "bench/rows/row.hpp"
#include "bench/rows/sizes.hpp"
#include "tests/support/refusal.hpp"

namespace bookstore {
namespace {

using test::expect_says;
using test::refusal;
using workload::Kind;

std::string costs_of(const std::string& inner) { return "{\"costs\": {" + inner + "}, \"from\": 1}"; }

const std::string all =
    R"("dispatch": 11, "dispatch/event_loops": {"ns": 12.4, "low": 1}, "claim": 13, "timer": 14, "sleep": 15, "idle": 21,
       "wake_up": 16, "switch_over": 17, "slice": 18, "lock": 19, "lock_handover": 20, "handover": 21,
       "step/rent/0": 100, "step/rent/1": 50, "step/return/0": 60, "step/return/1": 40, "held/rent/1": 5,
       "held/return/1": 60)";

TEST(Costs, AreFoundByName) {
  const Costs costs(costs_of(all), "file");
  const auto played = costs.played(parse_row("counter/simulated/cores:8/workers:16/cpu_scale:2"), false);
  EXPECT_EQ(played->cores, 8);
  EXPECT_EQ(played->traits.name, "threads");
  EXPECT_EQ(played->costs.dispatch, 11);
  EXPECT_EQ(played->costs.claim, 13);
  EXPECT_EQ(played->costs.timer, 0);  // nobody begins waits that no worker waits with
  EXPECT_EQ(played->costs.slice, 18);
  EXPECT_EQ(played->costs.handover, 0);
  EXPECT_EQ(played->costs.grace, 4 * 16);
  const auto& rent = played->prices.at(static_cast<std::size_t>(Kind::rent_book));
  EXPECT_EQ(rent.at(0).work, 200);
  EXPECT_EQ(rent.at(1).held, 10);
  // No more can be done under a lock than there is to do.
  EXPECT_EQ(played->prices.at(static_cast<std::size_t>(Kind::return_book)).at(1).held, 80);
  EXPECT_TRUE(played->prices.at(static_cast<std::size_t>(Kind::shelve_books)).empty());
}

TEST(Costs, OfTheBackendComeBeforeEverybodys) {
  const Costs costs(costs_of(all), "file");
  const auto played = costs.played(parse_row("counter/simulated/cores:4/workers:4/as:event_loops"), false);
  EXPECT_EQ(played->costs.dispatch, 12);
  EXPECT_EQ(played->costs.timer, 14);
}

TEST(Costs, ThatAreMissingAreNamedWithTheRowsThatMeasureThem) {
  const Costs costs(
      costs_of(R"("dispatch": 1, "claim": 1, "sleep": 1, "idle": 1, "lock": 1, "lock_handover": 1)"),
      "c.json");
  const auto missing = [&](const std::string& row, bool door = false) {
    return refusal([&] { costs.played(parse_row(row), door); });
  };
  expect_says(missing("shelving/simulated/cores:2/workers:2"),
              {"'c.json' miss wake_up, step/shelve/0, held/shelve/0; measure", "null/threads/cores:1",
               "shelving/sequential/cores:1/workers:1"});
  expect_says(missing("service/simulated/cores:2/workers:2/as:event_loops"),
              {"miss timer, wake_up;", "waiting/event_loops/cores:1"});
  expect_says(missing("service/simulated/cores:2/workers:3", true),
              {"wake_up, switch_over, slice, handover;"});
  // What a row does not use it need not have.
  EXPECT_EQ(missing("service/simulated/cores:2/workers:2/steps:1us").find("timer"), std::string::npos);
}

TEST(Costs, ThatAreNoneAreRefused) {
  const auto refused = [](const std::string& text) { return refusal([&] { Costs(text, "c.json"); }); };
  for (const std::string text : {"", "nonsense", "[]", "{}", "{\"costs\": 3}", "{\"costs\": []}"})
    expect_says(refused(text), {"costs is 'c.json'; give a JSON object"});
  for (const std::string value : {"-1", "\"5\"", "null", "1e16", "{}", "{\"ns\": \"5\"}", "[3]"})
    expect_says(refused(costs_of("\"claim\": " + value)), {"c.json", "'claim'", "0 to 1e15"});
  expect_says(refusal([] { read_costs("/nowhere"); }), {"/nowhere", "cannot be read"});
}

TEST(Costs, NominalOnesAreThereForEveryRow) {
  EXPECT_NO_THROW(Costs().played(parse_row("day/simulated/cores:1024/workers:4096"), true));
  EXPECT_TRUE(Costs().nominal());
  EXPECT_FALSE(Costs(costs_of(""), "file").nominal());
}

TEST(RowsInVirtualTime, HaveTheWaysOfTheBackendThatTheyPlay) {
  const Row row = parse_row("day/simulated/cores:1024/workers:4096");
  EXPECT_TRUE(row.is_virtual());
  EXPECT_EQ(row.ways().name, "threads");
  EXPECT_EQ(parse_row(row.name()).name(), row.name());
  const Row loops = parse_row("day/simulated/cores:64/workers:64/as:event_loops/in_flight:128");
  EXPECT_EQ(loops.ways().waits, backend::Waits::overlapped);
  EXPECT_NE(loops.name().find("/as:event_loops"), std::string::npos);
  EXPECT_EQ(parse_row(loops.name()).name(), loops.name());
  EXPECT_TRUE(loops.locked());
  EXPECT_FALSE(parse_row("day/simulated/cores:1/workers:1/as:event_loop").locked());
}

TEST(RowsInVirtualTime, AreRefusedWhatThatBackendCannotBe) {
  const auto refused = [](const std::string& row) { return refusal([&] { parse_row(row); }); };
  expect_says(refused("day/simulated/cores:0/workers:1"), {"cores is '0'"});
  expect_says(refused("day/simulated/cores:1/workers:1000000000"), {"workers is '1000000000'"});
  expect_says(refused("day/simulated/workers:2/as:event_loop"), {"event_loop has one worker"});
  expect_says(refused("day/simulated/workers:2/as:simulated"), {"as is 'simulated'", "on a machine"});
  expect_says(refused("day/simulated/workers:2/as:nonsense"), {"unknown backend 'nonsense'"});
  expect_says(refused("day/simulated/workers:2/pinned:1"), {"pinned", "leave it out"});
  expect_says(refused("day/simulated/workers:2/in_flight:4"), {"in_flight", "threads"});
  expect_says(refused("day/simulated/workers:1/as:event_loop/desk:1"), {"desk", "event_loop"});
  expect_says(refused("day/threads/workers:2/as:event_loops"),
              {"as says which backend simulated plays", "threads"});
}

TEST(RowsInVirtualTime, HavePlansThatCanBeFollowed) {
  Row row = parse_row("day/simulated/cores:1024/workers:4096");
  choose_tasks(row, 2);
  EXPECT_EQ(row.parameters.tasks, 1e6);
  Row small = parse_row("day/simulated/cores:2/workers:16");
  choose_tasks(small, 2);
  EXPECT_LT(small.parameters.tasks, 50'000);
}

}  // namespace
}  // namespace bookstore
