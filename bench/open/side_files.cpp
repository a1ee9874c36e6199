#include "bench/open/side_files.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "bench/measure/statistics/hgrm.hpp"
#include "bench/shell/json_text.hpp"
#include "bench/shell/side_file.hpp"

namespace bookstore {

namespace {

// {"name", "bin_us", "arrivals": tasks intended in each bin, "in_flight": tasks arrived and unfinished at the
// end of each bin}: 400 bins over the run.
nlohmann::json time_series(const OpenRow& row, const OpenFigures& figures) {
  constexpr std::size_t bins = 400;
  const auto bin_ns = std::max<std::int64_t>(1, figures.run_ns / static_cast<std::int64_t>(bins) + 1);
  std::vector<std::int64_t> arrivals(bins), finishes(bins);
  const auto bin = [&](std::int64_t time) {
    return std::min(bins - 1, static_cast<std::size_t>(std::max<std::int64_t>(0, time) / bin_ns));
  };
  for (const auto& record : figures.records) {
    ++arrivals[bin(record.intended)];
    ++finishes[bin(record.finished)];
  }
  std::vector<std::int64_t> in_flight(bins);
  std::int64_t now = 0;
  for (std::size_t b = 0; b < bins; ++b) in_flight[b] = now += arrivals[b] - finishes[b];
  return {{"name", row.name()},
          {"bin_us", static_cast<double>(bin_ns) / 1000},
          {"arrivals", arrivals},
          {"in_flight", in_flight}};
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
  auto latencies = measure::latencies(figures.records, figures.window);
  if (folder_.empty() || latencies.empty()) return;
  std::ranges::sort(latencies);
  std::ostringstream text;
  measure::write_hgrm(text, latencies);
  write_whole(path_of(row), text.str());
}

void SideFiles::finish() const {
  if (!series_.empty()) write_whole(series_, to_text({{"rows", list_}}) + '\n');
}

}  // namespace bookstore
