// What a binary can be told to do, and which options have a meaning then.
#pragma once

#include <string>
#include <vector>

namespace bookstore {

// One thing that a binary does.
struct Mode {
  std::string option;              // without dashes, what asks for it; empty: what is done when nothing does
  std::string does;                // for messages: "--<option> <does>; leave out --x"
  std::vector<std::string> takes;  // options that have a meaning then, by their names or groups
};

// An option of the command line, without dashes, and the group that it was declared in.
struct GivenOption {
  std::string name;
  std::string group;
};

// Google Benchmark's own options are one group.
inline constexpr const char* google_options = "google";

// The mode that the options given ask for. Throws std::invalid_argument for two modes at once, and for
// options that would be ignored.
const Mode& choose_mode(const std::vector<Mode>& modes, const std::vector<GivenOption>& given);

}  // namespace bookstore
