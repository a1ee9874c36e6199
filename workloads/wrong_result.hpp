// How a run says that it did not do what it was to do.
#pragma once

#include <stdexcept>

namespace bookstore::workload {

// A run that lost something: a book, a cent, a task. The message says which sum does not hold.
class WrongResult : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace bookstore::workload
