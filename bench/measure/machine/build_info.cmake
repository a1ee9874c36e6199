# Writes build_info.cpp at every build, but touches it only when something in it changed.
# Run with -D FACTS (a file that sets source, compiler, libraries, flags, flags_<configuration>, sanitize),
# CONFIGURATION, OUTPUT.
cmake_minimum_required(VERSION 3.25)
include("${FACTS}")
execute_process(COMMAND git -C "${source}" rev-parse --short=8 HEAD
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit "unknown")
else()
  execute_process(COMMAND git -C "${source}" status --porcelain --untracked-files=no
                  OUTPUT_VARIABLE changes ERROR_QUIET)
  if(changes)
    string(APPEND commit "-dirty")
  endif()
endif()
if(sanitize)
  set(sanitize "-fsanitize=${sanitize}")
endif()
string(STRIP "${flags} ${flags_${CONFIGURATION}} ${sanitize}" flags)
set(type "${CONFIGURATION}")

set(text "#include \"bench/measure/machine/build_info.hpp\"

namespace bookstore::measure::build {

")
foreach(name IN ITEMS commit type compiler flags libraries)
  string(REPLACE "\\" "\\\\" value "${${name}}")
  string(REPLACE "\"" "\\\"" value "${value}")
  string(APPEND text "const char* const ${name} = \"${value}\";\n")
endforeach()
string(APPEND text "
}  // namespace bookstore::measure::build
")
set(before "")
if(EXISTS "${OUTPUT}")
  file(READ "${OUTPUT}" before)
endif()
if(NOT before STREQUAL text)
  file(WRITE "${OUTPUT}" "${text}")
endif()
