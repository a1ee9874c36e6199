// The lock policy of the shop: what protects a shelf.
#pragma once

#include <mutex>
#include <string_view>

namespace bookstore::workload {

// For backends that run all tasks on one thread.
struct NoLocks {
  static constexpr std::string_view name = "none";
  struct Lock {
    void lock() {}
    void unlock() {}
  };
};

// For backends whose workers run at the same time: one mutex a shelf.
struct ShelfLocks {
  static constexpr std::string_view name = "shelf";
  using Lock = std::mutex;
};

}  // namespace bookstore::workload
