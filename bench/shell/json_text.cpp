#include "bench/shell/json_text.hpp"

namespace bookstore {

nlohmann::json parse_json(const std::string& text) { return nlohmann::json::parse(text, nullptr, false); }

std::string to_text(const nlohmann::json& value, int indentation) {
  return value.dump(indentation, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace bookstore
