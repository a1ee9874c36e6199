#include "bench/backends/registry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/command.hpp"
#include "tests/support/refusal.hpp"

namespace bookstore::backend {
namespace {

TEST(RegistryOfBackends, HasEachNameOnce) {
  std::set<std::string_view> names;
  for (const BackendTraits& traits : Registry::traits)
    EXPECT_TRUE(names.insert(traits.name).second) << traits.name;
  for (const char* always : {"sequential", "threads", "thread_per_task", "event_loop"})
    EXPECT_TRUE(names.contains(always)) << always;
  for (const char* runtime :
       {"tbb", "tbb_overlapped", "openmp", "openmp_overlapped", "asio", "fibers", "go", "tokio"})
    EXPECT_NE(names.contains(runtime), std::ranges::find(left_out, runtime) != left_out.end()) << runtime;
}

TEST(RegistryOfBackends, FindsABackendByItsName) {
  for (const BackendTraits& traits : Registry::traits) {
    EXPECT_EQ(find_backend(traits.name).name, traits.name);
    std::vector<std::string_view> visited;
    with_backend(traits.name, [&]<class Backend>() { visited.push_back(Backend::traits.name); });
    EXPECT_EQ(visited, std::vector{traits.name});
  }
}

TEST(RegistryOfBackends, RefusesAnUnknownNameWithTheKnownOnes) {
  for (const char* name : {"nonsense", "", "Threads"}) {
    const std::string message = test::refusal([&] { find_backend(name); });
    EXPECT_NE(message.find("unknown backend '" + std::string(name) + "'"), std::string::npos) << message;
    for (const BackendTraits& traits : Registry::traits)
      EXPECT_NE(message.find(std::string(traits.name)), std::string::npos) << message;
  }
  EXPECT_THROW(with_backend("nonsense", []<class Backend>() {}), std::invalid_argument);
}

TEST(RegistryOfBackends, SaysOfOneThatWasLeftOutWhatToDo) {
  for (const std::string_view name : left_out) {
    if (name.empty()) continue;
    EXPECT_NE(test::refusal([&] { find_backend(name); }).find("left out of this build"), std::string::npos)
        << name;
  }
}

#ifdef BOOKSTORE_HAVE_OPENMP
TEST(RegistryOfBackends, SaysWhichOpenMpRuntimeWasLoaded) {
  const std::string loaded = test::contents_of("/proc/self/maps");
  const std::string told = OpenMp::runtime();
  const auto file = told.substr(told.find(' ') + 1);
  EXPECT_NE(loaded.find(" " + file + "\n"), std::string::npos) << file;
  EXPECT_NE(file.find("/" + told.substr(0, told.find(' ')) + ".so"), std::string::npos) << told;
  EXPECT_NE(runtimes().find("openmp: " + told), std::string::npos) << runtimes();
}
#endif

#ifdef BOOKSTORE_HAVE_TBB
TEST(RegistryOfBackends, SaysWhichTbbWasLoaded) {
  const std::string told = Tbb::runtime();
  const auto file = told.substr(told.rfind(' ') + 1);
  EXPECT_NE(test::contents_of("/proc/self/maps").find(" " + file + "\n"), std::string::npos) << told;
  EXPECT_NE(told.find("oneTBB 20"), std::string::npos) << told;
  EXPECT_NE(runtimes().find("tbb: " + told), std::string::npos) << runtimes();
}
#endif

}  // namespace
}  // namespace bookstore::backend
