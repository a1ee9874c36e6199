// Arrival times that were recorded elsewhere.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace bookstore {

// One arrival time in seconds per line, in order; blank lines and what follows a '#' are skipped. A last line
// without its newline is a truncated file. Nanoseconds from the start of the run. The stream is read once,
// from first to last, and given up where it can be no trace: something that never ends, such as a device,
// ends with a refusal and in bounded memory. Throws std::invalid_argument with one line that a user can act
// on, in which `name` stands.
std::vector<std::int64_t> read_trace(std::istream& in, const std::string& name, std::uint64_t max_tasks);
std::vector<std::int64_t> read_trace_file(const std::string& path, std::uint64_t max_tasks);

}  // namespace bookstore
