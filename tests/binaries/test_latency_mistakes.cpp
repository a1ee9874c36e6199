// What bench_latency refuses, in one line that names the culprit.
#include <gtest/gtest.h>

#include <fstream>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/latency_binary.hpp"

namespace bookstore::of_latency_mistakes {
namespace {

using test::bench;
using test::counter;
using test::expect_refused;
using test::Outcome;
using test::tiny_row;
using test::with;

struct Mistake {
  std::string name;
  std::vector<std::string> arguments;
  std::string culprit;
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }

class MistakeInAnOpenRun : public testing::TestWithParam<Mistake> {};

TEST_P(MistakeInAnOpenRun, IsNamedInOneLine) {
  const Outcome outcome = bench(GetParam().arguments);
  expect_refused(outcome, GetParam().culprit);
  EXPECT_EQ(outcome.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    All, MistakeInAnOpenRun,
    testing::Values(
        Mistake{"unknown_flag", {"--frobnicate"}, "--frobnicate"},
        Mistake{"unknown_workload", {"--workloads", "nonsense"}, "unknown workload 'nonsense'"},
        Mistake{"unknown_backend", {"--backends", "nonsense"}, "unknown backend 'nonsense'"},
        Mistake{"rate_below_zero", with(counter, {"--rates=-5"}), "rate is '-5'"},
        Mistake{"rate_zero", with(counter, {"--rates", "0"}), "rate is '0'"},
        Mistake{"rate_infinite", with(counter, {"--rates", "inf"}), "rate is 'inf'"},
        Mistake{"rate_not_a_number", with(counter, {"--rates", "nan"}), "rate is 'nan'"},
        Mistake{"rate_text", with(counter, {"--rates", "1000,fast"}), "rate is 'fast'"},
        Mistake{"rate_too_high", with(counter, {"--rates", "1e15"}), "lower the rate or the duration"},
        Mistake{"rate_in_a_row", {"--row", "counter/sequential/rate:-1"}, "rate is '-1'"},
        Mistake{"duration_zero", with(counter, {"--duration", "0"}), "duration is '0'"},
        Mistake{"duration_infinite", with(counter, {"--duration", "inf"}), "duration is 'inf'"},
        Mistake{"duration_too_long", with(counter, {"--duration", "1e9"}), "duration"},
        Mistake{"fraction_alone", with(counter, {"--fraction", "0.5"}), "fraction and of go together"},
        Mistake{"tasks", with(counter, {"--tasks", "5"}), "tasks has no meaning"},
        Mistake{"speed_of_closed_plans", with(counter, {"--cpu-speed", "2"}), "--cpu-speed"},
        Mistake{"in_flight",
                {"--workloads", "counter", "--backends", "event_loop", "--in-flight", "4"},
                "in_flight has no meaning"},
        Mistake{
            "door_of_a_loop", {"--row", "counter/event_loop/door:1"}, "door:1 has no meaning for event_loop"},
        Mistake{"slo_of_a_kind_that_does_not_come",
                {"--row", tiny_row, "--slo", "mail_p99=5ms"},
                "counter has no check_mail"},
        Mistake{"unknown_arrivals", with(counter, {"--arrivals", "random"}), "arrivals is 'random'"},
        Mistake{"missing_trace", with(counter, {"--trace", "/nonexistent/times"}), "cannot be opened"},
        Mistake{"row_and_rates", {"--row", tiny_row, "--rates", "5"}, "--rates"},
        Mistake{"slo_without_a_time", {"--row", tiny_row, "--slo", "p99"}, "slo is 'p99'"},
        Mistake{"slo_limit_zero", {"--row", tiny_row, "--slo", "p99=0ms"}, "the limit of slo is '0'"},
        Mistake{"slo_limit_infinite", {"--row", tiny_row, "--slo", "p99=infs"}, "the limit of slo is 'inf'"},
        Mistake{"slo_of_all", {"--row", tiny_row, "--slo", "p100=5ms"}, "below 100"},
        Mistake{"resolution_of_one",
                {"--row", tiny_row, "--slo", "p99=5ms", "--resolution", "1"},
                "resolution is '1'"},
        Mistake{"resolution_text",
                {"--row", tiny_row, "--slo", "p99=5ms", "--resolution", "fine"},
                "resolution is 'fine'"},
        Mistake{"endless_trace", with(counter, {"--trace", "/dev/zero"}), "/dev/zero:1: a line of more than"},
        Mistake{"empty_trace", with(counter, {"--trace", "/dev/null"}), "no arrival in it"},
        Mistake{"slo_of_a_fraction",
                with(counter, {"--slo", "p99=5ms", "--fraction", "0.5", "--of", "threads"}), "--slo"},
        Mistake{"slo_with_files", {"--row", tiny_row, "--slo", "p99=5ms", "--hgrm", "/"}, "--hgrm"},
        Mistake{"slo_from_several_rates", with(counter, {"--slo", "p99=5ms", "--rates", "1,2"}), "--rates"},
        Mistake{"hgrm_no_folder", {"--row", tiny_row, "--hgrm", "/nonexistent"}, "--hgrm is '/nonexistent'"},
        Mistake{"series_in_no_folder",
                {"--row", tiny_row, "--series", "/nonexistent/series.json"},
                "'/nonexistent/series.json'"},
        Mistake{"budget_text", {"--row", tiny_row, "--budget", "soon"}, "budget is 'soon'"},
        Mistake{"filter_matches_nothing",
                {"--row", tiny_row, "--benchmark_filter=nonsense"},
                "--benchmark_filter"}),
    [](const auto& mistake) { return mistake.param.name; });

TEST(BadTrace, IsNamedWithItsLine) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("times.txt");
  const std::pair<const char*, const char*> mistakes[] = {{"", "no arrival in it"},
                                                          {"2\n1\n", "times.txt:2: "},
                                                          {"0\nsoon\n", "times.txt:2: "},
                                                          {"0\n1", "truncated"}};
  for (const auto& [text, culprit] : mistakes) {
    std::ofstream(path) << text;
    expect_refused(bench(with(counter, {"--trace", path})), culprit);
  }
}

}  // namespace
}  // namespace bookstore::of_latency_mistakes
