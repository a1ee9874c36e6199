// How this binary was built; filled in by the build (build_info.cmake beside it).
#pragma once

namespace bookstore::measure::build {

extern const char* const commit;  // of the source tree, "-dirty" when it had changes
extern const char* const type;    // CMAKE_BUILD_TYPE
extern const char* const compiler;
extern const char* const flags;
extern const char* const libraries;

}  // namespace bookstore::measure::build
