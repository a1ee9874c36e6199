// A line that each of those who serve it has a part of. A counter that several cores write costs every claim
// the way of its cache line from core to core: so each has its own, and they meet at another's only when
// their own parts are empty.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "bench/seam/lines.hpp"

namespace bookstore::backend {

// The places of a line, in blocks of equal size, one for each worker who serves it.
class LineParts {
 public:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  LineParts(std::uint32_t places, int workers) : parts_(static_cast<std::size_t>(workers)) {
    for (int worker = 0; worker < workers; ++worker) {
      const Block block = block_of(places, worker, workers);
      Part& part = parts_[static_cast<std::size_t>(worker)];
      part.next.store(block.begin, std::memory_order_relaxed);
      part.end = block.end;
    }
  }

 private:
  // On a pair of cache lines of its own.
  struct alignas(apart) Part {
    std::atomic<std::uint32_t> next;
    std::uint32_t end;
  };

 public:
  // What one worker claims: the places of his own part one by one, then one by one those that are left in the
  // others', from the next on. A part that was empty is not looked at again: nothing is ever put back, and
  // each worker counts each part beyond its end once at most. For one thread.
  class Claims {
   public:
    // `own`: the worker's number among those who serve the line.
    Claims(LineParts& parts, int own)
        : parts_(parts.parts_.data()),
          workers_(parts.parts_.size()),
          at_(static_cast<std::size_t>(own)),
          part_(&parts_[at_]),
          end_(part_->end),
          others_(workers_ - 1) {}

    // A place that nobody else gets, or none when all are claimed; not to be asked again then. Relaxed: a
    // claim hands over no data.
    std::uint32_t next() {
      for (;;) {
        // Read before: what is read behind an atomic operation waits for it.
        const std::uint32_t end = end_;
        const std::uint32_t place = part_->next.fetch_add(1, std::memory_order_relaxed);
        if (place < end) [[likely]]
          return place;
        if (!go_on_to_another()) return none;
      }
    }

   private:
    // Parts are looked at before they are claimed from: most of them are empty when one's own is.
    [[gnu::noinline]] bool go_on_to_another() {
      while (others_ > 0) {
        --others_;
        at_ = at_ + 1 == workers_ ? 0 : at_ + 1;
        part_ = &parts_[at_];
        end_ = part_->end;
        if (part_->next.load(std::memory_order_relaxed) < end_) return true;
      }
      return false;
    }

    Part* parts_;
    std::size_t workers_;
    std::size_t at_;
    Part* part_;
    std::uint32_t end_;
    std::size_t others_;  // parts not looked at yet
  };

 private:
  std::vector<Part> parts_;
};

}  // namespace bookstore::backend
