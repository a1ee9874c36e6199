// Who stands in which line, and who serves it.
#include "bench/seam/lines.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace bookstore::backend {
namespace {

struct Shift {
  std::vector<std::uint32_t> roles;  // by task
  std::uint32_t size() const { return static_cast<std::uint32_t>(roles.size()); }
  Wait step(std::uint32_t, std::uint32_t) { return done; }
  std::uint32_t role(std::uint32_t task) const { return roles[task]; }
};

struct Untrained {
  std::uint32_t size() const { return 5; }
  Wait step(std::uint32_t, std::uint32_t) { return done; }
};

std::vector<std::uint32_t> all_of(Line& line) {
  std::vector<std::uint32_t> tasks;
  for (std::uint32_t place = line.claim(); place < line.size(); place = line.claim())
    tasks.push_back(line.task(place));
  return tasks;
}

Team trained(const std::vector<Roles>& roles) {
  Team team(static_cast<int>(roles.size()));
  team.trained = roles;
  return team;
}

TEST(Lines, WhoDoesEverythingServesOneLine) {
  const Roster roster(Team(3));
  EXPECT_EQ(roster.lines(), 1u);
  EXPECT_EQ(roster.line_of(2), 0u);
  EXPECT_EQ(roster.workers_of(0), 3);
  EXPECT_EQ(roster.number_in_line(2), 2);
  Lines lines(Shift{{4, 0, 31, 0}}, roster);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(all_of(lines[0]), (std::vector<std::uint32_t>{0, 1, 2, 3}));
}

TEST(Lines, EachTaskStandsWhereItsRoleIsServed) {
  const std::vector<Roles> roles{0b01, 0b110, 0b01};
  const Roster roster(trained(roles));
  ASSERT_EQ(roster.lines(), 2u);
  EXPECT_EQ(roster.line_of(0), roster.line_of(2));
  EXPECT_NE(roster.line_of(0), roster.line_of(1));
  EXPECT_EQ(roster.workers_of(roster.line_of(0)), 2);
  const std::vector<int> numbers{0, 0, 1};
  for (int worker = 0; worker < 3; ++worker)
    EXPECT_EQ(roster.number_in_line(worker), numbers[static_cast<std::size_t>(worker)]) << worker;
  Lines lines(Shift{{0, 1, 2, 0, 1}}, roster);
  EXPECT_EQ(all_of(lines[roster.line_of(0)]), (std::vector<std::uint32_t>{0, 3}));
  EXPECT_EQ(all_of(lines[roster.line_of(1)]), (std::vector<std::uint32_t>{1, 2, 4}));
}

TEST(Lines, TasksWithoutARoleHaveRoleNull) {
  const std::vector<Roles> roles{0b10, 0b01};
  const Roster roster(trained(roles));
  Lines lines(Untrained{}, roster);
  EXPECT_EQ(lines[roster.line_of(0)].size(), 0u);
  EXPECT_EQ(lines[roster.line_of(1)].size(), 5u);
}

TEST(Lines, RefuseATaskThatNobodyIsTrainedFor) {
  const std::vector<Roles> roles{0b01, 0b10};
  const Roster roster(trained(roles));
  EXPECT_THROW(Lines(Shift{{0, 2}}, roster), std::invalid_argument);
  EXPECT_THROW(roster.line_for(77), std::invalid_argument);
}

TEST(Lines, RefuseWorkersWhoShareSomeRolesButNotAll) {
  const std::vector<Roles> roles{0b11, 0b10};
  EXPECT_THROW(Roster{trained(roles)}, std::invalid_argument);
  Team team(3);
  team.trained = roles;
  EXPECT_THROW(Roster{team}, std::invalid_argument) << "three workers, the training of two";
}

TEST(Lines, AreBlocksWhereTasksAreDealtOut) {
  Team team(3);
  team.static_split = true;
  const Roster roster(team);
  ASSERT_EQ(roster.lines(), 3u);
  Lines lines(Untrained{}, roster);
  const std::vector<std::vector<std::uint32_t>> expected{{0, 1}, {2, 3}, {4}};
  for (int worker = 0; worker < 3; ++worker) {
    EXPECT_EQ(all_of(lines[roster.line_of(worker)]), expected[static_cast<std::size_t>(worker)]);
    EXPECT_EQ(roster.number_in_line(worker), 0);
  }
}

TEST(Blocks, ShareOutAllTasksInOrder) {
  for (const std::uint32_t tasks : {0u, 1u, 5u, 6u, 1000u, 2'147'483'647u})
    for (const int workers : {1, 2, 3, 7}) {
      std::uint32_t next = 0;
      for (int worker = 0; worker < workers; ++worker) {
        const Block block = block_of(tasks, worker, workers);
        EXPECT_EQ(block.begin, next);
        EXPECT_LE(block.end - block.begin, tasks / static_cast<std::uint32_t>(workers) + 1);
        EXPECT_GE(block.end - block.begin, tasks / static_cast<std::uint32_t>(workers));
        next = block.end;
      }
      EXPECT_EQ(next, tasks);
    }
}

TEST(Lines, APlaceIsClaimedOnceAndNoneAfterClosing) {
  Line line(3);
  EXPECT_TRUE(line.claim(0));
  EXPECT_FALSE(line.claim(0));
  EXPECT_EQ(line.next(), 1u);
  line.close();
  EXPECT_GE(line.claim(), line.size());
}

// Claims go beyond the end, by as many as there are workers: never round to the first task again.
TEST(Lines, OfTheMostTasksThereCanBeEndToo) {
  Line line(most_tasks);
  EXPECT_TRUE(line.claim(0));
  line.close();
  for (int worker = 0; worker < 1'000'000; ++worker) ASSERT_GE(line.claim(), most_tasks);
  EXPECT_FALSE(line.claim(1));
}

}  // namespace
}  // namespace bookstore::backend
