// The check of the instrument against the textbook as users meet it: a row a case, a table at the end.
#pragma once

#include <string>
#include <vector>

#include "bench/open/theory.hpp"
#include "bench/rows/measured_row.hpp"
#include "bench/shell/google_benchmark.hpp"

namespace bookstore {

// A table of all results, a line each.
std::string theory_table(const std::vector<TheoryResult>& results);

// Runs all cases as rows, with these keys and values in the context, and prints the table. The value is the
// exit code: exit_wrong_result where the textbook is contradicted, exit_inconclusive where an interval is too
// wide to tell.
int run_theory(GoogleBenchmarkArguments& google,
               const std::vector<std::pair<std::string, std::string>>& context, const Patience& patience);

}  // namespace bookstore
