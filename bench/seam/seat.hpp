// What probes remember of the thread that runs a step.
#pragma once

#include <cstdint>

namespace bookstore::backend {

// What a thread has been given: a number by whoever counts threads, a place by whoever watches them.
struct Seat {
  struct Number {
    std::uint64_t given_for = 0;
    int number = 0;
  };
  Number counted;
  Number watched;
};

namespace detail {

inline constinit thread_local Seat own_seat{};
inline constinit thread_local Seat* taken_seat = nullptr;

}  // namespace detail

// The calling thread's: its own, unless it has taken another.
inline Seat& seat_here() { return detail::taken_seat != nullptr ? *detail::taken_seat : detail::own_seat; }

// The calling thread takes that seat, which outlives it. Where threads come and go, those that follow one
// another in a worker's place take turns in one seat, and count as that worker. One thread at a time.
inline void take_seat(Seat& seat) { detail::taken_seat = &seat; }

}  // namespace bookstore::backend
