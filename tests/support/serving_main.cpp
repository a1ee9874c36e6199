// main() of tests whose waits are real: their service is this same program, started anew.
#include <gtest/gtest.h>

#include "bench/service/serve.hpp"

int main(int argc, char** argv) {
  if (const auto served = bookstore::service::serve_if_asked(argc, argv)) return *served;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
