// Text that may come from anywhere, made fit to be shown.
#pragma once

#include <string>
#include <string_view>

namespace bookstore {

// The text with '?' for control characters and for bytes that are no UTF-8: what terminals, JSON and file
// names take as it is.
std::string printable(std::string_view text);

}  // namespace bookstore
