// Runs a binary as a user would, and keeps what it said.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace bookstore::test {

// A folder that goes away with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    // mkdtemp puts other letters in place of the last six.
    std::string name = (std::filesystem::temp_directory_path() / "bookstore-").string() + std::string(6, 'X');
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string contents_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Outcome {
  int exit_code = -1;  // -1: ended by a signal
  std::string out;
  std::string err;

  auto error_lines() const { return std::ranges::count(err, '\n'); }
};

// Arguments are passed as they are, each in quotes; `environment` is what stands before a shell command
// ("NAME=value ").
inline Outcome run_command(const std::string& binary, const std::vector<std::string>& arguments,
                           const std::string& environment = "") {
  const TemporaryFolder folder;
  std::string command = environment + "'" + binary + "'";
  for (const std::string& argument : arguments) command += " '" + argument + "'";
  command += " >'" + folder.file("out") + "' 2>'" + folder.file("err") + "'";
  const int status = std::system(command.c_str());
  return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
          .out = contents_of(folder.file("out")),
          .err = contents_of(folder.file("err"))};
}

// A mistake of a user: one line on stderr that begins with the binary's name and has `culprit` in it.
inline void expect_refused(const Outcome& outcome, const std::string& culprit, int exit_code = 2) {
  EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
  EXPECT_EQ(outcome.error_lines(), 1) << outcome.err;
  EXPECT_TRUE(outcome.err.starts_with("bench_")) << outcome.err;
  EXPECT_NE(outcome.err.find(culprit), std::string::npos) << outcome.err;
}

}  // namespace bookstore::test
