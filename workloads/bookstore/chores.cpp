#include "workloads/bookstore/chores.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <queue>
#include <string>
#include <vector>

#include "workloads/bookstore/receipt.hpp"
#include "workloads/random.hpp"

namespace bookstore::workload {

namespace {

template <class Range>
std::uint32_t fold(const Range& values) {
  std::uint64_t sum = 0;
  for (const auto value : values) sum = mix64(sum ^ static_cast<std::uint64_t>(value));
  return static_cast<std::uint32_t>(sum);
}

}  // namespace

std::uint32_t grind(std::uint32_t splits, std::uint64_t seed) {
  SplitMix64 random{seed};
  std::vector<std::uint32_t> grains{~0u};
  grains.reserve(splits + 1);
  for (std::uint32_t i = 0; i < splits; ++i) {
    std::pop_heap(grains.begin(), grains.end());
    const std::uint32_t coarsest = grains.back();
    const std::uint32_t part = random.below(coarsest / 2 + 1);
    grains.back() = coarsest - part;
    std::push_heap(grains.begin(), grains.end());
    grains.push_back(part);
    std::push_heap(grains.begin(), grains.end());
  }
  return fold(grains);
}

std::uint32_t pour(std::uint32_t pours, std::uint64_t seed) {
  SplitMix64 random{seed};
  std::array<std::uint32_t, 8> cups{};
  for (std::uint32_t i = 0; i < pours; ++i) *std::ranges::min_element(cups) += 1 + random.below(16);
  return fold(cups);
}

std::uint32_t sort_letters(std::uint32_t letters, std::uint64_t seed) {
  SplitMix64 random{seed};
  std::vector<std::array<char, 12>> addresses(letters);
  for (auto& address : addresses)
    for (char& letter : address) letter = static_cast<char>('a' + random.below(26));
  std::ranges::sort(addresses);
  std::uint64_t sum = 0;
  for (const auto& address : addresses)
    sum = mix64(sum ^ static_cast<std::uint64_t>(address[0] * 31 + address[11]));
  return static_cast<std::uint32_t>(sum);
}

std::uint32_t inspect(const Title& title, std::uint32_t pages, std::uint64_t seed) {
  SplitMix64 random{seed};
  std::uint32_t crc = seal(title.name);
  std::array<char, 64> page{};
  for (std::uint32_t i = 0; i < pages; ++i) {
    for (char& letter : page) letter = static_cast<char>('a' + random.below(26));
    crc = seal({page.data(), page.size()}, crc);
  }
  return crc;
}

std::uint32_t ledger_entry(std::uint32_t task, const Title& title, std::int32_t cents, std::uint32_t lines) {
  std::array<char, 192> line{};
  const auto number = [&](char* at, std::int64_t value) {
    return std::to_chars(at, line.data() + line.size(), value).ptr;
  };
  std::uint32_t crc = 0;
  for (std::uint32_t n = 0; n < lines; ++n) {
    char* end = number(line.data(), task);
    const auto append = [&](std::string_view text) { end = std::copy_n(text.begin(), text.size(), end); };
    end = number(end, n);
    append("; ");
    append(title.author);
    append("; ");
    append(title.name);
    append("; ");
    end = number(end, cents);
    crc = seal({line.data(), static_cast<std::size_t>(end - line.data())}, crc);
  }
  return crc;
}

}  // namespace bookstore::workload
