// What is said to a user whose input is refused.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace bookstore::test {

// The message of the std::invalid_argument that the action throws; "taken" when it throws none.
template <class Action>
std::string refusal(const Action& action) {
  try {
    action();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "taken";
}

// `culprit` is in the message, which is one line.
inline void expect_one_line_about(const std::string& message, const std::string& culprit,
                                  const std::string& input) {
  EXPECT_NE(message.find(culprit), std::string::npos) << input << ": " << message;
  EXPECT_EQ(std::ranges::count(message, '\n'), 0) << input << ": " << message;
}

// Each of the parts is in the message, which is one line.
inline void expect_says(const std::string& message, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << '"' << part << "\" in: " << message;
  EXPECT_EQ(std::ranges::count(message, '\n'), 0) << message;
}

}  // namespace bookstore::test
