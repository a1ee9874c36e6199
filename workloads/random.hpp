// A small seeded generator that gives the same numbers on every platform and library.
#pragma once

#include <cstdint>

namespace bookstore {

// The finalizer of SplitMix64: a bijection on 64 bits that scatters neighbours.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// SplitMix64. Source: G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators",
// OOPSLA 2014. One thread at a time.
struct SplitMix64 {
  std::uint64_t state = 0;

  constexpr std::uint64_t next() {
    state += 0x9e3779b97f4a7c15ULL;
    return mix64(state);
  }
  // Uniform in [0, 1), 53 bits.
  constexpr double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  // Uniform in 0 .. n - 1 for n >= 1, by multiply and shift: the bias is below n / 2^32.
  constexpr std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>(((next() >> 32) * static_cast<std::uint64_t>(n)) >> 32);
  }
};

// Exponential with mean 1, by comparing uniforms alone: no function of the mathematics library, whose last
// digit depends on the machine. Source: J. von Neumann, "Various techniques used in connection with random
// digits", 1951.
constexpr double exponential(SplitMix64& random) {
  for (double whole = 0;; ++whole) {
    const double first = random.uniform();
    double last = first;
    bool accept = true;
    for (double next = random.uniform(); next <= last; next = random.uniform()) {
      last = next;
      accept = !accept;
    }
    if (accept) return whole + first;
  }
}

// Normal with mean 0 and variance 1, by comparing exponentials alone, for the same reason. Source: the same.
constexpr double normal(SplitMix64& random) {
  for (;;) {
    const double size = exponential(random);
    if ((size - 1) * (size - 1) > 2 * exponential(random)) continue;
    return (random.next() >> 63) == 0 ? size : -size;
  }
}

}  // namespace bookstore
