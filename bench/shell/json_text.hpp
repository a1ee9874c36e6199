// JSON from text and to text, compiled once.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace bookstore {

// The value, or a discarded one (is_discarded()) if the text is no JSON.
nlohmann::json parse_json(const std::string& text);

// On one line, or on several with that indentation. Bytes that are no UTF-8 become U+FFFD.
std::string to_text(const nlohmann::json& value, int indentation = -1);

}  // namespace bookstore
