#include "workloads/bookstore/receipt.hpp"

namespace bookstore::workload {

std::uint32_t seal(std::string_view text, std::uint32_t start) {
  std::uint32_t crc = ~start;
  for (const char letter : text) {
    crc ^= static_cast<unsigned char>(letter);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

}  // namespace bookstore::workload
