// A 64-bit digest of plain values (XXH64 of xxHash, seed 0).
#pragma once

#include <xxhash.h>

#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

namespace bookstore::workload {

class Digest {
 public:
  Digest() : state_(XXH64_createState()) {
    if (!state_) throw std::bad_alloc();
    XXH64_reset(state_.get(), 0);
  }

  // The values' bytes; their types must have no padding.
  template <class T>
  requires std::has_unique_object_representations_v<T>
  void add_all(std::span<const T> values) { XXH64_update(state_.get(), values.data(), values.size_bytes()); }
  template <class T>
  requires std::has_unique_object_representations_v<T>
  void add(const T& value) { XXH64_update(state_.get(), &value, sizeof value); }

  std::uint64_t value() const { return XXH64_digest(state_.get()); }

 private:
  struct Free {
    void operator()(XXH64_state_t* state) const { XXH64_freeState(state); }
  };
  std::unique_ptr<XXH64_state_t, Free> state_;
};

}  // namespace bookstore::workload
