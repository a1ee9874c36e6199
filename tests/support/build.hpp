// What this build of the tests is: which sanitizer it carries, which runtimes it has.
#pragma once

#include <algorithm>
#include <string_view>

#include "bench/backends/registry.hpp"

namespace bookstore::test {

// How clang says what g++ says with a macro of its own.
#if defined(__has_feature)
#  if __has_feature(address_sanitizer)
#    define __SANITIZE_ADDRESS__
#  endif
#  if __has_feature(thread_sanitizer)
#    define __SANITIZE_THREAD__
#  endif
#endif

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool address_sanitizer = true;
#else
inline constexpr bool address_sanitizer = false;
#endif

// ThreadSanitizer keeps an asynchronous signal back until the thread that got it makes a call that it
// intercepts. A worker that blocks in the futex of a std::atomic makes none: what a test expects of a signal
// handler then does not come.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool thread_sanitizer = true;
#else
inline constexpr bool thread_sanitizer = false;
#endif

inline bool has_backend(std::string_view name) {
  return std::ranges::any_of(backend::Registry::traits,
                             [name](const auto& traits) { return traits.name == name; });
}

}  // namespace bookstore::test
