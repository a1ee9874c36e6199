// Processes that are none of the test's own children.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace bookstore::test {

// Field 3 and what follows of /proc/<process>/stat, "S <parent> ..."; empty: there is no such process.
inline std::string state_of(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string stat;
  std::getline(file, stat, '\0');
  const std::size_t after = stat.rfind(") ");
  return after == std::string::npos ? "" : stat.substr(after + 2);
}

// Whether it ends, within half a minute. Nobody may have asked yet how it did.
inline bool ends(pid_t process) {
  const auto ended = [process] {
    const std::string state = state_of(std::to_string(process));
    return state.empty() || state.front() == 'Z';
  };
  for (int tries = 0; tries < 30'000 && !ended(); ++tries) usleep(1000);
  return ended();
}

}  // namespace bookstore::test
