// The suite of tests that every registered backend inherits.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "bench/backends/registry.hpp"

namespace bookstore::test {

using AllBackends = backend::Registry::as<testing::Types>;

// Names the tests of a typed suite after the backend.
struct BackendNames {
  template <class Backend>
  static std::string GetName(int) {
    return std::string(Backend::traits.name);
  }
};

// `wanted` workers, or one where there cannot be more.
template <class Backend>
constexpr int workers_of(int wanted) {
  return Backend::traits.single_threaded ? 1 : wanted;
}

// `usual` tasks, or fewer where each is a thread.
template <class Backend>
constexpr std::uint32_t tasks_of(std::uint32_t usual) {
  return Backend::traits.new_threads ? usual / 20 : usual;
}

template <class Backend>
constexpr bool blocks = Backend::traits.waits == backend::Waits::blocking;

}  // namespace bookstore::test
