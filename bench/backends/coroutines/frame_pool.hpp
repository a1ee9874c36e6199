// Where the frames of one worker's coroutines live: in free lists of its own, so that a frame costs no lock
// and no visit to the heap.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

#include "bench/seam/lines.hpp"

namespace bookstore::backend {

// Frames by their size, rounded to 64 bytes. Not thread-safe. Allocates only to hold more frames than ever
// before; memory is returned on destruction. On cache lines of its own: its worker writes it all the time.
class alignas(apart) FramePool {
 public:
  FramePool() = default;
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;

  // Throws std::bad_alloc.
  void* take(std::size_t bytes) {
    const std::size_t units = units_of(bytes);
    if (units >= free_.size()) return ::operator new(bytes);
    Free*& first = free_[units];
    if (first == nullptr) return cut(units * unit);
    Free* const frame = first;
    first = frame->next;
    return frame;
  }

  // Of the same pool.
  void give_back(void* frame, std::size_t bytes) noexcept {
    const std::size_t units = units_of(bytes);
    if (units >= free_.size()) return ::operator delete(frame);
    free_[units] = new (frame) Free{free_[units]};
  }

  // Takes all frames for given back, whoever had them, and keeps the memory.
  void forget_all() noexcept {
    free_.fill(nullptr);
    block_ = 0;
    used_ = 0;
  }

  // Memory held, in bytes.
  std::size_t bytes() const noexcept { return blocks_.size() * block_bytes; }

 private:
  static constexpr std::size_t unit = 64;
  static constexpr std::size_t block_bytes = std::size_t{64} << 10;
  struct Free {
    Free* next;
  };
  struct alignas(unit) Unit {
    std::byte bytes[unit];
  };

  static std::size_t units_of(std::size_t bytes) { return (bytes + unit - 1) / unit; }

  void* cut(std::size_t bytes) {
    if (block_ < blocks_.size() && used_ + bytes > block_bytes) {
      ++block_;
      used_ = 0;
    }
    if (block_ == blocks_.size())
      blocks_.push_back(std::make_unique_for_overwrite<Unit[]>(block_bytes / unit));
    std::byte* const frame = blocks_[block_][used_ / unit].bytes;
    used_ += bytes;
    return frame;
  }

  // By size in units; larger frames, which no task of ours has, come from the heap.
  std::array<Free*, 16> free_{};
  std::vector<std::unique_ptr<Unit[]>> blocks_;
  std::size_t block_ = 0;  // that frames are cut from
  std::size_t used_ = 0;   // of it, in bytes
};

}  // namespace bookstore::backend
