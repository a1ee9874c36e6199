// Traces of arrival times: refused in a line, or ascending times from 0 on.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "bench/rows/trace.hpp"
#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bookstore;
  constexpr std::uint64_t most = 1000;
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  fuzz::refused_or_taken([&] {
    const std::vector<std::int64_t> times = read_trace(in, "trace", most);
    fuzz::require(!times.empty() && times.size() <= most, "as many arrivals as there is room for");
    fuzz::require(std::ranges::is_sorted(times) && times.front() >= 0, "times ascend from 0");
  });
  return 0;
}
