#include "bench/shell/exit_code.hpp"

#include <algorithm>
#include <exception>
#include <iostream>
#include <new>

#include "bench/shell/text.hpp"

namespace bookstore {

namespace {

int report(const std::string& program, std::string line, int exit_code) {
  std::ranges::replace(line, '\n', ' ');
  std::cerr << program << ": " << printable(line) << std::endl;
  return exit_code;
}

}  // namespace

int report_wrong_result(const std::string& program, const std::string& what) {
  return report(program, "wrong result: " + what, exit_wrong_result);
}

int guarded_body(const std::string& program, const std::function<int()>& body) {
  try {
    const int exit_code = body();
    // Figures that were lost on their way out are no success.
    if (!std::cout.flush() && exit_code != exit_wrong_result)
      return report(program, "the standard output did not take all of it; is the disk full?", exit_bad_input);
    return exit_code;
  } catch (const std::bad_alloc&) {
    return report(program, "the system gives no more memory; ask for fewer tasks or workers", exit_bad_input);
  } catch (const std::exception& error) {
    return report(program, error.what(), exit_bad_input);
  }
}

}  // namespace bookstore
