#include "bench/open/side_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "bench/shell/json_text.hpp"
#include "tests/support/command.hpp"
#include "tests/support/refusal.hpp"

namespace bookstore {
namespace {

TEST(FileOfPercentiles, HasANameThatSystemsAndToolsTake) {
  EXPECT_EQ(percentiles_file("counter/tbb/cores:2/workers:4/rate:1000/duration:0.5"),
            "counter_tbb_cores=2_workers=4_rate=1000_duration=0.5.hgrm");
  EXPECT_EQ(percentiles_file("day/tbb/trace:a \"b\"\\<c>|d*?\xc3\xa9"),
            "day_tbb_trace=a -b---c--d--\xc3\xa9.hgrm");
}

// A run of one task that took 7 us.
OpenFigures one_task() {
  OpenFigures figures;
  measure::TaskRecord record;
  record.finished = 7000;
  record.finishes = 1;
  figures.records = {record};
  figures.window = {.begin = 0, .end = 1, .first = 0, .count = 1, .warm_up = 0, .warm_up_complete = true};
  figures.run_ns = 10'000;
  return figures;
}

TEST(SideFilesOfARun, AreWrittenWhole) {
  const test::TemporaryFolder folder;
  const OpenRow row = parse_open_row("counter/threads/rate:5");
  const std::string curve = folder.file(percentiles_file(row.name()));
  SideFiles files(folder.file(""), folder.file("series"), {row});
  EXPECT_FALSE(std::filesystem::exists(curve)) << "before there is anything to write";
  files.add(row, one_task());
  files.finish();
  EXPECT_NE(test::contents_of(curve).find("7.000 1.000000000000          1\n"), std::string::npos);
  EXPECT_EQ(parse_json(test::contents_of(folder.file("series"))).at("rows").at(0).at("name"), row.name());
}

TEST(SideFilesOfARun, OnAFullDiskAreAnError) {
  const test::TemporaryFolder folder;
  const OpenRow row = parse_open_row("counter/threads/rate:5");
  std::filesystem::create_symlink("/dev/full", folder.file(percentiles_file(row.name())));
  SideFiles curves(folder.file(""), "", {row});
  EXPECT_THROW(curves.add(row, one_task()), std::runtime_error);
  SideFiles series("", "/dev/full", {row});
  series.add(row, one_task());
  EXPECT_THROW(series.finish(), std::runtime_error);
}

TEST(SideFilesOfARun, ThatCannotBeAreRefusedAtOnce) {
  const test::TemporaryFolder folder;
  OpenRow row = parse_open_row("counter/threads");
  row.trace = std::string(300, 'x');
  test::expect_one_line_about(test::refusal([&] { SideFiles(folder.file(""), "", {row}); }), "cannot write '",
                              "a name longer than systems take");
  test::expect_one_line_about(test::refusal([&] { SideFiles("/nonexistent", "", {}); }),
                              "--hgrm is '/nonexistent'", "no folder");
  test::expect_one_line_about(test::refusal([&] { SideFiles("", "/nonexistent/series", {}); }),
                              "cannot write '/nonexistent/series'", "no folder");
}

}  // namespace
}  // namespace bookstore
