// How a process ends: its exit code, and one line on stderr where something is wrong.
#pragma once

#include <functional>
#include <string>

namespace bookstore {

// Exit codes of every binary and script.
inline constexpr int exit_fine = 0;
inline constexpr int exit_wrong_result = 1;
inline constexpr int exit_bad_input = 2;
inline constexpr int exit_inconclusive = 3;

// Runs `body`, whose value is the exit code. An exception becomes one line on stderr that begins with the
// program's name, and exit_bad_input; so does a standard output that was written to and lost some of it.
int guarded_body(const std::string& program, const std::function<int()>& body);

// One line on stderr; the value is exit_wrong_result.
int report_wrong_result(const std::string& program, const std::string& what);

// The same as guarded_body, but for an exception of type WrongResult, which becomes exit_wrong_result.
template <class WrongResult>
int guarded_main(const std::string& program, const std::function<int()>& body) {
  return guarded_body(program, [&] {
    try {
      return body();
    } catch (const WrongResult& wrong) {
      return report_wrong_result(program, wrong.what());
    }
  });
}

}  // namespace bookstore
