// What bench_latency writes beside Google Benchmark's rows: percentile texts, time series.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/open/open_run.hpp"
#include "bench/rows/open_row.hpp"

namespace bookstore {

// The file of a row's percentile text: the row's name with '_' for '/' and '=' for ':', and '-' for what
// systems and tools refuse in the name of a file, so that a results folder can be moved anywhere.
std::string percentiles_file(const std::string& row_name);

class SideFiles {
 public:
  // `folder`: of percentile texts, a file per row; `series`: a file of arrivals, tasks in flight and delay
  // over time. Either may be empty: none are written. Throws std::invalid_argument unless all can be written,
  // for these rows.
  SideFiles(std::string folder, std::string series, const std::vector<OpenRow>& rows);

  // Writes the row's percentile text, of the delays in the window, which its last line says, and keeps its
  // series. Throws std::runtime_error unless the text is whole.
  void add(const OpenRow& row, const OpenFigures& figures);
  // Writes the series, whole or with std::runtime_error.
  void finish() const;

 private:
  std::string path_of(const OpenRow& row) const { return folder_ + "/" + percentiles_file(row.name()); }

  std::string folder_;
  std::string series_;
  nlohmann::json list_ = nlohmann::json::array();
};

}  // namespace bookstore
