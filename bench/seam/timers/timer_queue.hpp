// A queue of timers for one thread. Times are nanoseconds on one clock, real or virtual, that starts at 0 or
// later.
//
// The queue is a radix heap (Ahuja, Mehlhorn, Orlin, Tarjan: Faster algorithms for the shortest path problem,
// JACM 37, 1990) with 256 buckets a level. It needs a monotone clock: nothing may be pushed before the last
// deadline that was popped. A timer's level is the highest base-256 digit in which its deadline differs from
// that last one, its bucket the value of this digit; so the lowest bucket of the lowest level holds the
// earliest deadline. When that is due, its bucket is dealt out to lower levels. A timer only ever moves down,
// at most once a level.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "bench/seam/clocks.hpp"

namespace bookstore::backend {

// A timer carries a Value: a few bytes that say what to do when it is due. A timer with the deadline `never`
// is due only then. Not thread-safe. Allocates only to hold more timers than ever before since construction;
// memory is returned on destruction.
template <class Value>
class TimerQueue {
  static_assert(std::is_trivially_copyable_v<Value> && sizeof(Value) <= 24);

 public:
  // Deadlines before `start` count as `start`; a start below 0 counts as 0.
  explicit TimerQueue(std::int64_t start = 0) : last_(std::max<std::int64_t>(start, 0)) {}
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  // The earliest pending deadline, or never. Constant time.
  std::int64_t next_deadline() const noexcept { return next_; }

  // How long one may sleep: the least sum of deadline and leeway of all pending timers, or never; in a sink
  // perhaps less, as the timers popped just before still count. Looks at the buckets in use up to the answer.
  std::int64_t latest_wake_up() const noexcept {
    std::int64_t latest = front_.latest;
    for (std::uint64_t words = words_in_use_; words != 0; words &= words - 1) {
      const auto word = static_cast<unsigned>(std::countr_zero(words));
      for (std::uint64_t occupied = occupied_[word]; occupied != 0; occupied &= occupied - 1) {
        const Bucket& later = buckets_[bucket_of_bit(word, occupied)];
        if (later.min >= latest) return latest;
        latest = std::min(latest, later.latest);
      }
    }
    return latest;
  }

  // A deadline before the last one popped counts as that one: it is due at once, after those popped already.
  // The leeway, by which it may be popped later, only tells latest_wake_up(). Throws std::bad_alloc and then
  // leaves the queue as it was.
  void push(std::int64_t deadline, Value value, std::uint32_t leeway = 0) {
    deadline = std::max(deadline, last_);
    place(deadline, value, static_cast<std::uint32_t>(std::min<std::int64_t>(leeway, never - deadline)));
    next_ = std::min(next_, deadline);
    ++size_;
  }

  // Hands every timer with deadline <= now to sink(value, deadline), by ascending deadline and, among equal
  // ones, in the order of their pushes; answers how many. The sink may push: what it pushes for `now` or
  // earlier is handed out by the same call. A timer is out of the queue before the sink sees it, so a sink
  // may throw. After a std::bad_alloc of the queue itself timers may be missing: clear or destroy it.
  //
  // ahead(value) is a hint: the sink will see that value soon. Not every value is announced, some are twice.
  template <class Sink, class Ahead>
  std::size_t pop_due(std::int64_t now, Sink&& sink, Ahead&& ahead) {
    std::size_t popped = 0;
    while (size_ != 0 && next_ <= now) {
      if (front_.head == nullptr) advance(ahead);
      if (const Value* const later = announced()) ahead(*later);
      const Value value = take_front();
      ++popped;
      sink(value, last_);
    }
    return popped;
  }
  template <class Sink>
  std::size_t pop_due(std::int64_t now, Sink&& sink) {
    return pop_due(now, std::forward<Sink>(sink), [](const Value&) {});
  }

  // Forgets all timers, keeps the memory, and starts the clock again.
  void clear(std::int64_t start = 0) noexcept {
    for (; words_in_use_ != 0; words_in_use_ &= words_in_use_ - 1) {
      const auto word = static_cast<unsigned>(std::countr_zero(words_in_use_));
      for (std::uint64_t& occupied = occupied_[word]; occupied != 0; occupied &= occupied - 1)
        buckets_[bucket_of_bit(word, occupied)] = Bucket{};
    }
    front_ = Bucket{};
    front_read_ = 0;
    last_ = std::max<std::int64_t>(start, 0);
    next_ = never;
    size_ = 0;
    spare_ = nullptr;
    chunks_used_ = 0;
  }

  // Memory held, in bytes: all that was ever needed at once, including what is spare now.
  std::size_t bytes() const noexcept {
    return sizeof(*this) + blocks_.capacity() * sizeof(blocks_[0]) +
           blocks_.size() * chunks_per_block * sizeof(Chunk);
  }

 private:
  static constexpr unsigned digit_bits = 8;
  static constexpr unsigned digits = 1u << digit_bits;
  static constexpr unsigned levels = (63 + digit_bits - 1) / digit_bits;  // a deadline has 63 bits
  static constexpr unsigned word_bits = 64;

  // Timers are kept in chunks of 512 bytes, so that a bucket grows without copying and leaves no slack
  // behind.
  static constexpr std::uint32_t chunk_timers =
      (512 - sizeof(void*)) / (sizeof(std::int64_t) + sizeof(Value) + sizeof(std::uint32_t));
  struct Chunk {
    Chunk* next;
    std::array<std::int64_t, chunk_timers> deadline;
    std::array<Value, chunk_timers> value;
    std::array<std::uint32_t, chunk_timers> leeway;
  };
  static constexpr std::size_t chunks_per_block = 128;

  // A first-in, first-out list of timers. The minimum is kept here, not searched for when it is needed: a
  // queue of many late timers and one early one would otherwise be searched at every pop of the early one.
  struct Bucket {
    Chunk* head = nullptr;
    Chunk* tail = nullptr;
    std::int64_t min = never;
    std::int64_t latest = never;  // the least of deadline + leeway
    std::uint32_t tail_timers = chunk_timers;
    std::uint32_t chunks = 0;

    std::uint32_t timers_in(const Chunk* chunk) const noexcept {
      return chunk == tail ? tail_timers : chunk_timers;
    }
  };

  static unsigned level_of(std::uint64_t difference) noexcept {
    return static_cast<unsigned>(63 - std::countl_zero(difference)) / digit_bits;
  }
  // The index of the bucket for that deadline. Of two buckets in use, the lower one's deadlines are earlier.
  static unsigned bucket_of(std::int64_t deadline, unsigned level) noexcept {
    return level * digits + static_cast<unsigned>(deadline >> (level * digit_bits)) % digits;
  }

  // The first bucket among those bits of a word.
  static unsigned bucket_of_bit(unsigned word, std::uint64_t occupied) noexcept {
    return word * word_bits + static_cast<unsigned>(std::countr_zero(occupied));
  }

  // Where a deadline belongs for the present last_. Precondition: deadline >= last_.
  void place(std::int64_t deadline, Value value, std::uint32_t leeway) {
    const auto difference = static_cast<std::uint64_t>(deadline ^ last_);
    if (difference == 0) return append(front_, deadline, value, leeway);
    const unsigned bucket = bucket_of(deadline, level_of(difference));
    append(buckets_[bucket], deadline, value, leeway);
    const unsigned word = bucket / word_bits;
    occupied_[word] |= std::uint64_t{1} << (bucket % word_bits);
    words_in_use_ |= std::uint64_t{1} << word;
  }

  void append(Bucket& to, std::int64_t deadline, Value value, std::uint32_t leeway) {
    if (to.tail_timers == chunk_timers) {
      Chunk* fresh = take_chunk();
      fresh->next = nullptr;
      (to.head == nullptr ? to.head : to.tail->next) = fresh;
      to.tail = fresh;
      to.tail_timers = 0;
      ++to.chunks;
    }
    to.tail->deadline[to.tail_timers] = deadline;
    to.tail->value[to.tail_timers] = value;
    to.tail->leeway[to.tail_timers] = leeway;
    ++to.tail_timers;
    to.min = std::min(to.min, deadline);
    to.latest = std::min(to.latest, deadline + leeway);
  }

  // Moves the clock to the earliest deadline and its timers to the front.
  // Precondition: the front is empty and the queue is not, hence next_ > last_.
  template <class Ahead>
  void advance(Ahead& ahead) {
    const unsigned level = level_of(static_cast<std::uint64_t>(next_ ^ last_));
    const unsigned bucket = bucket_of(next_, level);
    const Bucket source = std::exchange(buckets_[bucket], Bucket{});
    const unsigned word = bucket / word_bits;
    occupied_[word] &= ~(std::uint64_t{1} << (bucket % word_bits));
    if (occupied_[word] == 0) words_in_use_ &= ~(std::uint64_t{1} << word);
    last_ = next_;
    if (level == 0) {  // all its deadlines are equal
      front_ = source;
      return;
    }
    const bool soon = source.chunks <= chunks_announced;
    each_chunk(source, [&](Chunk* chunk, std::uint32_t timers) {
      for (std::uint32_t i = 0; i < timers; ++i) {
        if (soon) ahead(chunk->value[i]);
        place(chunk->deadline[i], chunk->value[i], chunk->leeway[i]);
      }
      give_back(chunk);
    });
  }

  template <class Visit>
  void each_chunk(const Bucket& of, Visit visit) {
    for (Chunk* chunk = of.head; chunk != nullptr;) {
      Chunk* const next = chunk->next;
      prefetch(next);
      visit(chunk, of.timers_in(chunk));
      chunk = next;
    }
  }

  // The timers of so few chunks, and what they are about, stay in the first-level cache until they are
  // popped.
  static constexpr std::uint32_t chunks_announced = 16;

  // Far enough ahead for memory to answer meanwhile, near enough for the answer still to be in the cache.
  static constexpr std::uint32_t announced_ahead = 8;

  // The value to announce, or none. Precondition: the front is not empty.
  const Value* announced() const noexcept {
    const Chunk* chunk = front_.head;
    std::uint32_t timer = front_read_ + announced_ahead;
    if (timer >= chunk_timers) {
      timer -= chunk_timers;
      chunk = chunk->next;
    }
    return chunk != nullptr && timer < front_.timers_in(chunk) ? &chunk->value[timer] : nullptr;
  }

  // Precondition: the front is not empty.
  Value take_front() noexcept {
    Chunk* const chunk = front_.head;
    const Value value = chunk->value[front_read_++];
    --size_;
    if (front_read_ == front_.timers_in(chunk)) {
      front_read_ = 0;
      if (chunk == front_.tail) {
        front_ = Bucket{};
        next_ = earliest_bucket_min();
      } else {
        front_.head = chunk->next;
      }
      give_back(chunk);
    }
    return value;
  }

  std::int64_t earliest_bucket_min() const noexcept {
    if (words_in_use_ == 0) return never;
    const auto word = static_cast<unsigned>(std::countr_zero(words_in_use_));
    return buckets_[bucket_of_bit(word, occupied_[word])].min;
  }

  // Chunks lie where they were free: the processor cannot foresee the next one as it does the next line.
  static void prefetch(const Chunk* chunk) noexcept {
    constexpr std::size_t line = 64;
    const char* const bytes = reinterpret_cast<const char*>(chunk);
    for (std::size_t byte = 0; chunk != nullptr && byte < sizeof(Chunk); byte += line)
      __builtin_prefetch(bytes + byte);
  }

  Chunk* take_chunk() {
    if (spare_ != nullptr) {
      Chunk* const chunk = spare_;
      spare_ = chunk->next;
      return chunk;
    }
    if (chunks_used_ == blocks_.size() * chunks_per_block) {
      blocks_.push_back(std::make_unique_for_overwrite<Chunk[]>(chunks_per_block));
    }
    const std::size_t chunk = chunks_used_++;
    return &blocks_[chunk / chunks_per_block][chunk % chunks_per_block];
  }

  void give_back(Chunk* chunk) noexcept {
    chunk->next = spare_;
    spare_ = chunk;
  }

  std::array<Bucket, levels * digits> buckets_{};
  std::array<std::uint64_t, levels * digits / word_bits> occupied_{};  // a bit per bucket that holds timers
  std::uint64_t words_in_use_ = 0;                                     // a bit per word that is not 0
  Bucket front_;                                                       // the timers whose deadline is last_
  std::uint32_t front_read_ = 0;  // those of its first chunk that are popped already
  std::int64_t last_;             // the last deadline popped, or the start
  std::int64_t next_ = never;
  std::size_t size_ = 0;
  Chunk* spare_ = nullptr;
  std::size_t chunks_used_ = 0;  // chunks of blocks_ handed out at least once
  std::vector<std::unique_ptr<Chunk[]>> blocks_;
};

}  // namespace bookstore::backend
