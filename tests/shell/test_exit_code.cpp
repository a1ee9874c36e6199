#include "bench/shell/exit_code.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <new>
#include <stdexcept>
#include <string>

namespace bookstore {
namespace {

struct WrongResult : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The exit code of the body, and what it leaves on stderr.
struct Ended {
  int exit_code;
  std::string err;
};

Ended end_with(const std::function<int()>& body) {
  testing::internal::CaptureStderr();
  const int exit_code = guarded_main<WrongResult>("bench", body);
  return {exit_code, testing::internal::GetCapturedStderr()};
}

TEST(GuardedMain, EndsWithTheCodeOfItsBody) {
  for (const int code : {exit_fine, exit_wrong_result, exit_inconclusive}) {
    const Ended ended = end_with([code] { return code; });
    EXPECT_EQ(ended.exit_code, code);
    EXPECT_EQ(ended.err, "");
  }
}

TEST(GuardedMain, MakesOneLineOfWhatIsThrown) {
  const Ended wrong = end_with([]() -> int { throw WrongResult("a book\nis lost"); });
  EXPECT_EQ(wrong.exit_code, exit_wrong_result);
  EXPECT_EQ(wrong.err, "bench: wrong result: a book is lost\n");
  const Ended mistake = end_with([]() -> int { throw std::invalid_argument("tasks\nis '0'"); });
  EXPECT_EQ(mistake.exit_code, exit_bad_input);
  EXPECT_EQ(mistake.err, "bench: tasks is '0'\n");
  const Ended hostile = end_with([]() -> int { throw std::invalid_argument("row '\x1b[2J\xff'"); });
  EXPECT_EQ(hostile.err, "bench: row '?[2J?'\n");
  const Ended memory = end_with([]() -> int { throw std::bad_alloc(); });
  EXPECT_EQ(memory.exit_code, exit_bad_input);
  EXPECT_EQ(memory.err, "bench: the system gives no more memory; ask for fewer tasks or workers\n");
}

}  // namespace
}  // namespace bookstore
