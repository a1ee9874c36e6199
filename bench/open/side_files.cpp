#include "bench/open/side_files.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "bench/measure/statistics/hgrm.hpp"
#include "bench/measure/statistics/percentiles.hpp"
#include "bench/shell/json_text.hpp"
#include "bench/shell/side_file.hpp"

namespace bookstore {

namespace {

double microseconds(std::int64_t ns) { return static_cast<double>(ns) / 1000; }

// Tasks in bins of time, for what happens in the course of a run.
class Bins {
 public:
  // So many bins of `width`, from 0 to the end of the run.
  Bins(std::int64_t width, std::size_t count) : width_(width), count_(count) {}
  std::size_t count() const { return count_; }
  std::size_t at(std::int64_t time) const {
    return std::min(count_ - 1, static_cast<std::size_t>(std::max<std::int64_t>(0, time) / width_));
  }

 private:
  std::int64_t width_;
  std::size_t count_;
};

// Median and maximum of the delays of the tasks that were to arrive in each bin; null for none.
std::pair<nlohmann::json, nlohmann::json> delay_over_time(const OpenFigures& figures, const Bins& bins) {
  std::vector<std::vector<std::int64_t>> delays(bins.count());
  for (const auto& record : figures.records)
    if (record.finishes > 0)
      delays[bins.at(record.intended)].push_back(record.finished - record.intended - record.asked_waits);
  std::pair<nlohmann::json, nlohmann::json> result{nlohmann::json::array(), nlohmann::json::array()};
  for (const auto& bin : delays) {
    result.first.push_back(bin.empty() ? nlohmann::json()
                                       : nlohmann::json(microseconds(measure::percentile(bin, 0.5).value)));
    result.second.push_back(bin.empty() ? nlohmann::json()
                                        : nlohmann::json(microseconds(*std::ranges::max_element(bin))));
  }
  return result;
}

// {"name",
//  "bin_us", "arrivals": tasks intended in each bin, "in_flight": tasks arrived and unfinished at the end of
//  each bin, with those who were sent away when the run was ended early}: 400 bins over the run;
// {"delay_bin_us", "delay_p50_us", "delay_max_us"}: of the tasks intended in each bin, null where there were
// none: bins of 10 ms, longer where these would be more than 2,000.
nlohmann::json time_series(const OpenRow& row, const OpenFigures& figures) {
  constexpr std::size_t most_bins = 400;
  const auto bin_ns = std::max<std::int64_t>(1, figures.run_ns / static_cast<std::int64_t>(most_bins) + 1);
  const Bins bins(bin_ns, most_bins);
  std::vector<std::int64_t> arrivals(most_bins), finishes(most_bins);
  for (const auto& record : figures.records) {
    ++arrivals[bins.at(record.intended)];
    if (record.finishes > 0) ++finishes[bins.at(record.finished)];
  }
  std::vector<std::int64_t> in_flight(most_bins);
  std::int64_t now = 0;
  for (std::size_t b = 0; b < most_bins; ++b) in_flight[b] = now += arrivals[b] - finishes[b];

  // Fine enough to show a burst; a long run has longer bins.
  constexpr std::int64_t shortest_delay_bin_ns = 10'000'000;
  constexpr std::int64_t most_delay_bins = 2'000;
  const std::int64_t span = figures.records.back().intended + 1;
  const std::int64_t delay_bin_ns = std::max(shortest_delay_bin_ns, span / most_delay_bins + 1);
  const Bins delay_bins(delay_bin_ns, static_cast<std::size_t>((span - 1) / delay_bin_ns + 1));
  const auto [delay_p50, delay_max] = delay_over_time(figures, delay_bins);
  return {{"name", row.name()},
          {"bin_us", microseconds(bin_ns)},
          {"arrivals", arrivals},
          {"in_flight", in_flight},
          {"delay_bin_us", microseconds(delay_bin_ns)},
          {"delay_p50_us", delay_p50},
          {"delay_max_us", delay_max}};
}

}  // namespace

std::string percentiles_file(const std::string& row_name) {
  std::string name = row_name;
  for (char& letter : name) {
    if (letter == '/') {
      letter = '_';
    } else if (letter == ':') {
      letter = '=';
    } else if (std::string_view("\"\\<>|*?").find(letter) != std::string_view::npos) {
      letter = '-';
    }
  }
  return name + ".hgrm";
}

SideFiles::SideFiles(std::string folder, std::string series, const std::vector<OpenRow>& rows)
    : folder_(std::move(folder)), series_(std::move(series)) {
  if (!folder_.empty() && !std::filesystem::is_directory(folder_))
    throw std::invalid_argument("--hgrm is '" + folder_ + "'; give a folder that exists");
  if (!folder_.empty())
    for (const OpenRow& row : rows) require_writable(path_of(row));
  if (!series_.empty()) require_writable(series_);
}

void SideFiles::add(const OpenRow& row, const OpenFigures& figures) {
  if (!series_.empty()) list_.push_back(time_series(row, figures));
  auto delays = measure::delays(figures.records, figures.window);
  if (folder_.empty() || delays.empty()) return;
  std::ranges::sort(delays);
  std::ostringstream text;
  measure::write_hgrm(text, delays);
  // A line of HdrHistogram's own kind, which its plotters pass over as they do the others of that kind.
  text << "#[Figure  = delay, us]\n";
  write_whole(path_of(row), text.str());
}

void SideFiles::finish() const {
  if (!series_.empty()) write_whole(series_, to_text({{"rows", list_}}) + '\n');
}

}  // namespace bookstore
