#include "bench/measure/machine/placing_variables.hpp"

#include <cstddef>

namespace bookstore::measure {

namespace {

constexpr const char* placing_variables[] = {"OMP_PROC_BIND", "OMP_PLACES",    "GOMP_CPU_AFFINITY",
                                             "KMP_AFFINITY",  "KMP_HW_SUBSET", "KMP_PLACE_THREADS"};

// NAME=value of those that were found, by the process that found them.
constexpr std::size_t most_found = 16;
const char* found[most_found];
std::size_t found_count = 0;

// What runs before any library may call none, and knows no sanitizer either.
#define BOOKSTORE_BEFORE_LIBRARIES \
  __attribute__((no_sanitize("address"), no_sanitize("thread"), no_sanitize("undefined")))

BOOKSTORE_BEFORE_LIBRARIES bool places_threads(const char* entry) {
  for (const char* name : placing_variables) {
    std::size_t i = 0;
    while (name[i] != '\0' && name[i] == entry[i]) ++i;
    if (name[i] == '\0' && entry[i] == '=') return true;
  }
  return false;
}

// Before the initialisers of shared libraries: libgomp's reads these variables and binds the thread that it
// runs on, after which nobody can tell what the mask was.
BOOKSTORE_BEFORE_LIBRARIES void take_out_placing_variables(int, char**, char** environment) {
  char** kept = environment;
  for (char** each = environment; *each != nullptr; ++each) {
    if (found_count < most_found && places_threads(*each))
      found[found_count++] = *each;
    else
      *kept++ = *each;
  }
  *kept = nullptr;
}

using Initialiser = void (*)(int, char**, char**);
[[gnu::used, gnu::section(".preinit_array")]] Initialiser before_libraries = take_out_placing_variables;

}  // namespace

std::string placing_variables_found() {
  std::string list;
  for (std::size_t i = 0; i < found_count; ++i) list += (i > 0 ? " " : "") + std::string(found[i]);
  return list;
}

}  // namespace bookstore::measure
