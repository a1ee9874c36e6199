// Names of rows of all three binaries, and limits on percentiles: refused in a line, or read back as they are
// printed.
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "bench/open/slo.hpp"
#include "bench/overhead/row.hpp"
#include "bench/rows/open_row.hpp"
#include "bench/rows/parts.hpp"
#include "bench/rows/row.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace bookstore;

template <class Parse>
void read_back(const std::string& text, const Parse& parse) {
  std::string name;
  try {
    name = parse(text).name();
  } catch (const std::invalid_argument&) {
    return;
  }
  fuzz::require(parse(name).name() == name, "a row's name reads back as itself");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read_back(text, [](const std::string& name) { return parse_row(name); });
  read_back(text, [](const std::string& name) { return parse_open_row(name); });
  read_back(text, [](const std::string& name) {
    overhead::OverheadRow row = overhead::parse_overhead_row(name);
    if (row.cores == 0) row.cores = 1;  // all of the process: as its binary fills in
    return row;
  });
  fuzz::refused_or_taken([&] { parse_slo(text); });
  fuzz::refused_or_taken([&] { wanted_cores("", {text}); });
  return 0;
}
