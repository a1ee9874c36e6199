// Variables that place a runtime's threads (OMP_PROC_BIND, OMP_PLACES, GOMP_CPU_AFFINITY, KMP_AFFINITY and
// their kin): whoever links this file has none of them in its environment.
#pragma once

#include <string>

namespace bookstore::measure {

// Those that were there when the process started, as NAME=value, with blanks between; empty: none.
std::string placing_variables_found();

}  // namespace bookstore::measure
