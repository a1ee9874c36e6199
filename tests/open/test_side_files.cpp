#include "bench/open/side_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
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

// A run of one task that took 7 us, 4 of them waits that it asked for.
OpenFigures one_task() {
  OpenFigures figures;
  measure::TaskRecord record;
  record.finished = 7000;
  record.asked_waits = 4000;
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
  const std::string text = test::contents_of(curve);
  EXPECT_NE(text.find("3.000 1.000000000000          1\n"), std::string::npos) << "the delay: " << text;
  EXPECT_TRUE(text.ends_with("#[Figure  = delay, us]\n")) << text;
  EXPECT_EQ(parse_json(test::contents_of(folder.file("series"))).at("rows").at(0).at("name"), row.name());
}

// Arrivals at 1, 2, 3 and 25 ms, delays of 5, 30 and 10 us and one that never ended.
TEST(SideFilesOfARun, HaveTheDelayOverTime) {
  OpenFigures figures;
  for (const auto& [intended_us, delay_us] : {std::pair{1'000, 5}, {2'000, 30}, {3'000, 10}, {25'000, 0}}) {
    measure::TaskRecord record;
    record.intended = std::int64_t{1'000} * intended_us;
    record.asked_waits = 200'000;
    record.finished = record.intended + record.asked_waits + std::int64_t{1'000} * delay_us;
    record.finishes = delay_us > 0 ? 1 : 0;
    figures.records.push_back(record);
  }
  figures.window = measure::select_window(figures.records);
  figures.run_ns = 30'000'000;
  const test::TemporaryFolder folder;
  const OpenRow row = parse_open_row("counter/threads/rate:5");
  SideFiles files("", folder.file("series"), {row});
  files.add(row, figures);
  files.finish();
  const auto series = parse_json(test::contents_of(folder.file("series"))).at("rows").at(0);
  EXPECT_EQ(series.at("delay_bin_us"), 10'000);
  const auto& medians = series.at("delay_p50_us");
  const auto& maxima = series.at("delay_max_us");
  EXPECT_EQ(medians.at(0), 10);
  EXPECT_EQ(maxima.at(0), 30);
  for (std::size_t bin = 1; bin < medians.size(); ++bin) {
    EXPECT_TRUE(medians[bin].is_null());
    EXPECT_TRUE(maxima[bin].is_null());
  }
  EXPECT_EQ(medians.size(), 3u) << "as far as there are arrivals";
  EXPECT_EQ(series.at("in_flight").back(), 1);
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
