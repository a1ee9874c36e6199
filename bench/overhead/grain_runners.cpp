#include "bench/overhead/grain_runners.hpp"

#include <stdexcept>
#include <utility>

#include "bench/overhead/variant.hpp"

namespace bookstore::overhead {

namespace {

template <int alignment>
std::unique_ptr<GrainRunner> make_in_variant(const std::string& name, int workers) {
  return make_seam_grain<alignment>(name, workers);
}

// Calls visit.template operator()<alignment>() for each that was built.
template <int... built, class Visit>
void for_each_in(std::integer_sequence<int, built...>, Visit&& visit) {
  (visit.template operator()<built>(), ...);
}

using Built = std::integer_sequence<int, BOOKSTORE_ALIGNMENTS>;

}  // namespace

std::vector<int> alignments() {
  std::vector<int> all;
  for_each_in(Built{}, [&]<int alignment>() { all.push_back(alignment); });
  return all;
}

std::vector<Contender> grain_contenders() { return all_backends(); }

std::unique_ptr<GrainRunner> make_grain_runner(const std::string& name, int workers, int alignment) {
  std::unique_ptr<GrainRunner> runner;
  for_each_in(Built{}, [&]<int each>() {
    if (each == alignment) runner = make_in_variant<each>(name, workers);
  });
  if (!runner) throw std::logic_error("no runner '" + name + "' in alignment " + std::to_string(alignment));
  return runner;
}

}  // namespace bookstore::overhead
