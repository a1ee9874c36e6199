// A file that a binary writes beside Google Benchmark's own.
#pragma once

#include <string>

namespace bookstore {

// Throws std::invalid_argument unless the file can be written. Leaves behind what was there before.
void require_writable(const std::string& path);

// Puts the text into the file, in the place of what was in it. Throws std::runtime_error unless all of it is
// there afterwards.
void write_whole(const std::string& path, const std::string& text);

}  // namespace bookstore
