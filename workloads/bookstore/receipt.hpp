// What each task leaves behind: one numbered slip, written by the task alone.
#pragma once

#include <cstdint>
#include <string_view>

namespace bookstore::workload {

struct Receipt {
  std::uint32_t seal = 0;   // checks all that the task worked out
  std::int32_t cents = 0;   // into the till; negative out of it
  std::uint32_t found = 0;  // the title that a customer's last question led to
};

// CRC-32 (IEEE 802.3, reflected polynomial 0xEDB88320), worked out bit by bit: the clerk has no tables.
std::uint32_t seal(std::string_view text, std::uint32_t start = 0);

// Fees and refunds, in cents. A fee depends on the section, so that a wrong book costs a wrong fee.
constexpr std::int32_t rent_cents(std::uint32_t section) {
  return 150 + 10 * static_cast<std::int32_t>(section);
}
inline constexpr std::int32_t refund_cents = 100;
inline constexpr std::int64_t float_cents = 20'000;

}  // namespace bookstore::workload
