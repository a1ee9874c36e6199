#include "bench/shell/modes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bench/shell/command_line.hpp"
#include "tests/support/refusal.hpp"

namespace bookstore {
namespace {

using test::refusal;

const std::vector<Mode> modes{
    {"list", "runs nothing", {"rows"}},
    {"drive", "only answers", {"rows", "plant"}},
    {"", "", {"rows", "budget", google_options}},
};

std::string chosen(const std::vector<GivenOption>& given) { return choose_mode(modes, given).option; }

TEST(Mode, IsTheOneThatAnOptionAsksFor) {
  EXPECT_EQ(chosen({}), "");
  EXPECT_EQ(chosen({{"row", "rows"}, {"budget", ""}, {"benchmark_out", google_options}}), "");
  EXPECT_EQ(chosen({{"row", "rows"}, {"list", ""}}), "list");
  EXPECT_EQ(chosen({{"drive", ""}, {"plant", ""}}), "drive");
}

TEST(Mode, RefusesTwoAtOnce) {
  EXPECT_EQ(refusal([] {
              chosen({{"drive", ""}, {"list", ""}});
            }),
            "--list and --drive ask for different things; give one of them");
}

TEST(Mode, RefusesWhatItWouldIgnore) {
  EXPECT_EQ(refusal([] {
              chosen({{"list", ""}, {"budget", ""}});
            }),
            "--list runs nothing; leave out --budget");
  EXPECT_EQ(
      refusal([] {
        chosen({{"row", "rows"}, {"list", ""}, {"plant", ""}, {"budget", ""}, {"benchmark_out", "google"}});
      }),
      "--list runs nothing; leave out --plant, --budget and --benchmark_out");
  EXPECT_EQ(refusal([] { chosen({{"plant", ""}}); }), "--plant goes with --drive only; add it");
}

// What was given, as the parser of a command line sees it.
std::vector<std::string> given_by(std::vector<std::string> arguments) {
  CommandLine line("A test.", "test");
  bool list = false;
  std::string budget;
  std::vector<std::string> rows;
  line.flag("list", list, "");
  line.group("rows");
  line.texts("row", rows, "");
  line.group("");
  line.text("budget", budget, "");
  arguments.insert(arguments.begin(), "test");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  std::vector<std::string> rest;
  line.parse(static_cast<int>(pointers.size()), pointers.data(), rest);
  std::vector<std::string> names;
  for (const GivenOption& option : line.given()) names.push_back(option.group + "/" + option.name);
  return names;
}

TEST(GivenOptions, AreThoseOfTheCommandLineWithTheirGroups) {
  EXPECT_TRUE(given_by({}).empty());
  EXPECT_EQ(given_by({"--budget=5", "--row", "a", "--row", "b"}),
            (std::vector<std::string>{"rows/row", "/budget"}));
  EXPECT_EQ(given_by({"--list"}), (std::vector<std::string>{"/list"}));
  EXPECT_TRUE(given_by({"--list=false"}).empty());
}

TEST(GivenOptions, AreRefusedWithoutAValue) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--budget", ""}, {"--row", "a", "--row", ""}})
    test::expect_one_line_about(refusal([&] { given_by(arguments); }),
                                arguments.front() + " has no value; give one, or leave it out", "empty");
  test::expect_one_line_about(refusal([] { given_by({"--budget="}); }), "--budget", "--budget=");
}

}  // namespace
}  // namespace bookstore
