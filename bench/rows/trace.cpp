#include "bench/rows/trace.hpp"

#include <array>
#include <cmath>
#include <fstream>
#include <istream>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "bench/rows/schedule.hpp"
#include "bench/shell/numbers.hpp"
#include "workloads/bookstore/parameters.hpp"

namespace bookstore {

namespace {

constexpr std::size_t longest_line = 4096;
constexpr int most_idle_lines = 100'000;

[[noreturn]] void refuse(const std::string& text) { throw std::invalid_argument(text); }

std::string_view trimmed(std::string_view line) {
  line = line.substr(0, line.find('#'));
  constexpr std::string_view blank = " \t\r";
  const auto first = line.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blank) - first + 1);
}

// What a message may quote of a file that could hold anything: one short line.
std::string quoted(std::string_view word) {
  std::string text(word.substr(0, 40));
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return '"' + text + '"';
}

// The lines of a stream, with their numbers for messages.
class Lines {
 public:
  Lines(std::istream& in, const std::string& name) : in_(in), name_(name) {}

  // The next one, valid until the call after; nothing at the end.
  std::optional<std::string_view> next() {
    ++number_;
    in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    const auto length = static_cast<std::size_t>(in_.gcount());
    if (in_.bad()) refuse(name_ + ": cannot be read: give a readable trace file");
    if (in_.eof() && length == 0) return std::nullopt;
    if (in_.eof()) refuse(where() + ": the last line has no newline: the trace is truncated, copy it again");
    if (in_.fail())
      refuse(where() + ": a line of more than " + std::to_string(longest_line) +
             " characters: give one arrival time in seconds per line");
    return std::string_view(buffer_.data(), length - 1);
  }
  std::string where() const { return name_ + ":" + std::to_string(number_); }

 private:
  std::istream& in_;
  const std::string& name_;
  std::array<char, longest_line + 1> buffer_{};
  std::uint64_t number_ = 0;
};

std::int64_t parse_arrival(std::string_view word, const Lines& lines) {
  const auto seconds = read_number(word);
  if (!seconds)
    refuse(lines.where() + ": " + quoted(word) +
           " is not a number: give one arrival time in seconds per line");
  if (*seconds < 0 || *seconds > max_duration)
    refuse(lines.where() + ": " + quoted(word) + ": give arrival times from 0 to " +
           workload::parameter_text(max_duration) + " seconds");
  return std::llround(*seconds * 1e9);
}

}  // namespace

std::vector<std::int64_t> read_trace(std::istream& in, const std::string& name, std::uint64_t max_tasks) {
  std::vector<std::int64_t> at;
  Lines lines(in, name);
  int idle_lines = 0;
  while (const auto line = lines.next()) {
    const auto word = trimmed(*line);
    if (word.empty()) {
      if (++idle_lines > most_idle_lines)
        refuse(lines.where() + ": " + std::to_string(idle_lines) +
               " lines without an arrival: give one arrival time in seconds per line");
      continue;
    }
    idle_lines = 0;
    const std::int64_t time = parse_arrival(word, lines);
    if (!at.empty() && time < at.back())
      refuse(lines.where() + ": " + quoted(word) + " is before the arrival above it: sort the trace by time");
    if (at.size() == max_tasks)
      refuse(lines.where() + ": " + bound_text(max_tasks) + " tasks: shorten the trace");
    at.push_back(time);
  }
  if (at.empty()) refuse(name + ": no arrival in it: give one arrival time in seconds per line");
  return at;
}

std::vector<std::int64_t> read_trace_file(const std::string& path, std::uint64_t max_tasks) {
  std::ifstream in(path, std::ios::binary);
  if (!in) refuse(path + ": cannot be opened: give a readable trace file");
  return read_trace(in, path, max_tasks);
}

}  // namespace bookstore
