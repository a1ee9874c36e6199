// A 64-bit digest of plain values (XXH64 of xxHash, seed 0).
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <span>
#include <type_traits>

namespace bookstore::workload {

class Digest {
 public:
  Digest() { XXH64_reset(&state_, 0); }

  // The values' bytes; their types must have no padding.
  template <class T>
    requires std::has_unique_object_representations_v<T>
  void add_all(std::span<const T> values) {
    XXH64_update(&state_, values.data(), values.size_bytes());
  }
  template <class T>
    requires std::has_unique_object_representations_v<T>
  void add(const T& value) {
    XXH64_update(&state_, &value, sizeof value);
  }

  std::uint64_t value() const { return XXH64_digest(&state_); }

 private:
  XXH64_state_t state_;
};

}  // namespace bookstore::workload
