// A probe that keeps who ran each task.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/seam/run.hpp"

namespace bookstore::test {

template <class Backend>
class Signatures {
 public:
  Signatures(std::vector<int>& by, const Backend& backend) : by_(&by), backend_(&backend) {}
  void before(std::uint32_t task, std::uint32_t) { (*by_)[task] = backend_->worker(); }
  void after(std::uint32_t, std::uint32_t, Wait) const {}
  void released(std::uint32_t, std::int64_t) const {}

 private:
  std::vector<int>* by_;
  const Backend* backend_;
};

}  // namespace bookstore::test
