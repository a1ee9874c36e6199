# Writes build_info.cpp at every build, but touches it only when something in it changed.
# Run with -D SOURCE, OUTPUT, TYPE, COMPILER, FLAGS, LIBRARIES.
execute_process(COMMAND git -C "${SOURCE}" rev-parse --short=8 HEAD
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit "unknown")
else()
  execute_process(COMMAND git -C "${SOURCE}" status --porcelain --untracked-files=no
                  OUTPUT_VARIABLE changes ERROR_QUIET)
  if(changes)
    string(APPEND commit "-dirty")
  endif()
endif()
set(text "#include \"bench/measure/machine/build_info.hpp\"

namespace bookstore::measure::build {

const char* const commit = \"${commit}\";
const char* const type = \"${TYPE}\";
const char* const compiler = \"${COMPILER}\";
const char* const flags = \"${FLAGS}\";
const char* const libraries = \"${LIBRARIES}\";

}  // namespace bookstore::measure::build
")
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "${text}" @ONLY)
