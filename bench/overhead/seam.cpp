// The registered backends through the seam, in one code alignment.
#include "bench/backends/registry.hpp"
#include "bench/overhead/variant.hpp"
#include "workloads/grain.hpp"

namespace bookstore::overhead {

namespace {

// A type of this variant's own, so that the backend's loops are too.
struct Job : workload::GrainJob {};

template <class Backend>
class SeamGrain : public GrainRunner {
 public:
  explicit SeamGrain(int workers) : backend_(workers) {}

  void run(workload::GrainJob& job, std::uint32_t) override {
    Job own{job};
    backend_.run(own, backend::AllAtOnce{});
  }

 private:
  Backend backend_;
};

}  // namespace

template <>
std::unique_ptr<GrainRunner> make_seam_grain<BOOKSTORE_ALIGNMENT>(std::string_view backend, int workers) {
  std::unique_ptr<GrainRunner> runner;
  backend::with_backend(backend,
                        [&]<class Backend>() { runner = std::make_unique<SeamGrain<Backend>>(workers); });
  return runner;
}

}  // namespace bookstore::overhead
