// What the names of all kinds of rows have in common: <subject>/<backend>/<parameter>:<value>/...
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bookstore {

// Takes the next part of a text that slashes divide.
std::string_view next_part(std::string_view& rest);

// Name and value of each of these parts. Throws std::invalid_argument for one without a colon.
std::vector<std::pair<std::string_view, std::string_view>> parameters_in(std::string_view parts);

// Not bounded by what this machine has: what it refuses is a limit met, not bad input. Both throw
// std::invalid_argument.
int parse_cores(std::string_view text);
int parse_workers(std::string_view text);

// The rotation that --rotate (empty: not given, 0) asks for. Throws std::invalid_argument.
int parse_rotation(const std::string& text);

// The cores of the machine that --cores (empty: not given) or the rows of these names ask for; 0 when none
// does. Rows in virtual time ask for none, and neither does --cores where all of --backends are such. Looks
// at nothing else in the names. Throws std::invalid_argument when they disagree.
int wanted_cores(const std::string& cores, const std::vector<std::string>& rows,
                 const std::vector<std::string>& backends = {});

}  // namespace bookstore
