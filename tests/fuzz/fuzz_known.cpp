// Files of known digests.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bench/closed/known_digests.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "workloads/wrong_result.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bookstore;
  fuzz::refused_or_taken([&] {
    try {
      const KnownDigests known(std::string_view(reinterpret_cast<const char*>(data), size), "known");
      known.find(parse_row("day/sequential"));
    } catch (const workload::WrongResult&) {
      // Two digests of one plan.
    }
  });
  return 0;
}
