#include "bench/shell/side_file.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace bookstore {

void require_writable(const std::string& path) {
  std::error_code error;  // such as a name longer than systems take: told by the attempt to write
  const bool existed = std::filesystem::exists(path, error);
  if (!std::ofstream(path, std::ios::app))
    throw std::invalid_argument("cannot write '" + path + "'; give a file in a folder that exists");
  if (!existed) std::filesystem::remove(path);
}

void write_whole(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write '" + path + "' whole; is the disk full?");
}

}  // namespace bookstore
