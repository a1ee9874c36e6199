// The standard input of a driven process: one answer when it is ready, and one for each "run" until it ends.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>

#include "bench/gate/drive_protocol.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bookstore;
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  std::ostringstream out;
  int batches = 0;
  const DrivenRow row{"row", 1, 1, [&batches] { return nlohmann::json{{"batch", ++batches}}; }};
  fuzz::refused_or_taken([&] { serve(row, in, out); });
  const std::string answers = out.str();
  fuzz::require(std::ranges::count(answers, '\n') == batches + 1, "an answer is a line, and none is missing");
  return 0;
}
